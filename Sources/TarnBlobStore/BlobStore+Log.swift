package import TarnCore
package import TarnSegment
internal import TarnZstd

extension BlobStore {
    /// A record of the log.
    package enum LogRecord: Sendable {
        case entry(LogEntry)
        /// This datacentre holds the entry and everything it names; only durable acknowledgements may be sent.
        case acknowledgement(op: Op, entry: Digest)
        /// The log of this log view ends at this entry; durable before the superblock takes the log view.
        case head(logView: View, op: Op, entry: Digest)
    }

    /// What is here of the log.
    package var log: LogSummary { self.index.withLog(\.summary) }

    /// Whether an acknowledgement of the op's live entry was made durable.
    package func isAcknowledged(_ op: Op) -> Bool { self.index.withLog { $0.isAcknowledged(op) } }

    /// Makes `records` durable in this order, and before them the blobs `stored`, all with one fdatasync unless there
    /// are chunks among them. Blobs are verified as by ``put(stored:)``. Throws `notFound`, and writes nothing of
    /// `records`, when a write of `queued` fails.
    package func append(_ records: [LogRecord], stored: [StoredBlob], after queued: [QueuedWrite] = []) async throws {
        let log = try await self.encode(records)
        let tickets = queued.map(\.ticket)
        if !stored.isEmpty, try await self.store(stored, with: log, after: tickets) { return }
        try await self.small.write([log], after: tickets, mayUseReserve: true)
    }

    /// The live entry of `op`, proved against its hash; nil when it is not here. Throws `corrupt`.
    package func entry(at op: Op) async throws -> LogEntry? {
        guard let version = self.index.withLog({ $0.version(at: op) }) else { return nil }
        return try await self.withDecoder(.urgent) { try $0.entry(op, version) }
    }

    /// The entry of `op` with this header hash, live or superseded.
    package func entry(at op: Op, hash: Digest) async throws -> LogEntry? {
        guard let version = self.index.withLog({ $0.version(at: op, hash: hash) }) else { return nil }
        return try await self.withDecoder(.urgent) { try $0.entry(op, version) }
    }

    /// Header hashes of the entries of `op` that are not live: what a deposed primary left, oldest first.
    package func supersededEntries(at op: Op) -> [Digest] {
        self.index.withLog { $0.others(at: op).map(\.hash) }
    }

    /// All entries that are not live and can be read: what deposed primaries left.
    package func supersededEntries() async throws -> [LogEntry] {
        let aside = self.index.withLog(\.allAside)
        guard !aside.isEmpty else { return [] }
        return try await self.withDecoder(.bulk) { decoder in
            aside.compactMap { op, version in try? decoder.entry(op, version) }
        }
    }

    /// Ops of which entries are kept that are not live, ascending.
    package var supersededOps: [Op] { self.index.withLog(\.opsAside) }

    /// Live entries from the op after `op` on, up to the first that is missing; stops before `bytesMax` bytes of bodies
    /// are exceeded, but returns one at least when there is one.
    package func entries(after op: Op, bytesMax: Int) async throws -> [LogEntry] {
        // Whoever asks may name any op, also the last number there is, which no op follows.
        guard op < Op(.max) else { return [] }
        return try await self.withDecoder(.urgent) { decoder in
            var out: [LogEntry] = []
            var bytes = 0
            var next = op.next
            while let version = decoder.version(at: next) {
                let entry = try decoder.entry(next, version)
                bytes += entry.body.count + Limits.logHeaderBytesMax
                if bytes > bytesMax, !out.isEmpty { break }
                out.append(entry)
                next = next.next
            }
            return out
        }
    }

    /// Live headers from the op after `op` on, at most `limit`, up to the first that is missing.
    package func headers(after op: Op, limit: Int) async throws -> [LogHeader] {
        guard op < Op(.max) else { return [] }
        return try await self.withDecoder(.urgent) { decoder in
            var out: [LogHeader] = []
            var next = op.next
            while out.count < limit, let version = decoder.version(at: next) {
                out.append(try decoder.header(next, version))
                next = next.next
            }
            return out
        }
    }

    private func encode(_ records: [LogRecord]) async throws -> RecordRun {
        let bodies = records.reduce(0) { if case .entry(let entry) = $1 { $0 + entry.body.count } else { $0 } }
        for case .entry(let entry) in records where entry.body.count > Limits.logBodyBytesMax {
            throw StoreError(.invalid, "the body of op \(entry.header.op) has \(entry.body.count) bytes")
        }
        // Little is saved by compressing what is mostly hashes, and a change of thread costs more.
        guard bodies > Limits.rawLogBodyBytesMax else {
            var run = RecordRun()
            for record in records { try run.append(record, nil) }
            return run
        }
        return try await self.pool.run(.bulk) { context in
            var run = RecordRun()
            let encoder = BlobEncoder(context)
            for record in records { try run.append(record, encoder) }
            return run
        }
    }
}

extension RecordRun {
    /// Without an encoder, bodies are stored raw.
    fileprivate mutating func append(_ record: BlobStore.LogRecord, _ encoder: BlobEncoder?) throws {
        switch record {
        case .acknowledgement(let op, let entry): self.append(acknowledgement: op, entry: entry, Checksums.self)
        case .head(let logView, let op, let entry):
            self.append(head: op, logView: logView, entry: entry, Checksums.self)
        case .entry(let entry):
            try entry.body.withUnsafeBytes { body in
                let encoded = try encoder?.encode(body)
                self.append(
                    entry: entry.header,
                    hash: entry.header.hash(Checksums.self),
                    codec: encoded?.codec ?? .raw,
                    rawBytesCount: body.count,
                    stored: encoded?.stored ?? body,
                    Checksums.self
                )
            }
        }
    }
}
