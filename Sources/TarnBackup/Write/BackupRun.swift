internal import TarnClient
package import TarnCore
internal import TarnCrypto

/// Writes a backup: the segments that are not there yet, and then the signed root that makes it one. What is
/// interrupted is no backup, and what it has copied need not be copied again.
package struct BackupRun: Sendable {
    /// Times that the node is asked again because a compaction removed a segment before it was copied.
    private static let restartsMax = 5
    /// Segments that are copied at a time.
    private static let copiesInFlightMax = 3

    package struct Summary: Sendable {
        package let root: BackupRoot
        package let copiedCount: Int
        package let copiedBytesCount: UInt64
        /// Objects of backups that are not kept any more.
        package let removedCount: Int
        /// What the backup lacks because the node cannot read it, in words; then no earlier one was removed.
        package let trouble: String?
    }

    private let source: BackupSource
    private let store: any ObjectStore
    private let progress: @Sendable (UInt64, UInt64) -> Void

    /// `progress` is told bytes copied and to be copied in all.
    package init(
        source: BackupSource,
        store: any ObjectStore,
        progress: @escaping @Sendable (UInt64, UInt64) -> Void = { _, _ in }
    ) {
        self.source = source
        self.store = store
        self.progress = progress
    }

    /// `now` is the time that the backup is said to be of; of earlier backups the newest `keep` stay, this one
    /// included, all when it is nil or the node has something damaged: an earlier one may hold it whole. Throws
    /// ``ClientError``.
    package func run(now: Timestamp, keep: Int? = nil) async throws -> Summary {
        let shelf = BackupShelf(store: self.store)
        var copied: [Digest: BackupSegment] = [:]
        for attempt in 1... {
            let state = try await self.source.seal()
            guard let genesis = try? Genesis(decoding: state.genesis) else {
                throw ClientError(.failed, "the node's genesis cannot be read; has it the same version?")
            }
            try await shelf.claim(for: genesis.clusterName)
            var earlier: BackupRoot?
            if let newest = try await shelf.roots().last { earlier = try await shelf.root(newest) }
            let known = Array(copied.values) + (earlier?.segments ?? [])
            let stored = try await self.store.list(BackupNames.segments)
            let plan = BackupPlan(node: state.segments, known: known, stored: stored)
            do {
                let segments = try await self.copy(plan, into: &copied)
                let root = BackupRoot(
                    cluster: genesis.clusterName,
                    datacenter: state.datacenter,
                    op: state.op,
                    root: state.root,
                    time: now,
                    genesis: state.genesis,
                    receipt: try await self.source.receipt(of: state.op),
                    reconfigurations: try await self.sign(
                        state.reconfigurations,
                        of: genesis,
                        earlier: earlier?.reconfigurations ?? []
                    ),
                    segments: segments
                )
                let name = BackupNames.root(root.op)
                _ = try root.verified(name: name)
                try await self.store.write(name, root.encoded())
                var removed = 0
                if let keep, state.trouble == nil { removed = try await shelf.prune(keep: keep) }
                return Summary(
                    root: root,
                    copiedCount: copied.count,
                    copiedBytesCount: copied.values.reduce(0) { $0 + $1.bytesCount },
                    removedCount: removed,
                    trouble: state.trouble
                )
            } catch let error as ClientError {
                guard error.isNotFound, attempt < Self.restartsMax else { throw error }
            }
        }
        throw ClientError(.failed, "no backup was made")
    }

    /// Changes of the membership with their receipts. Those who were members before may be gone by now: what they signed
    /// for an `earlier` backup is taken over.
    private func sign(
        _ entries: [LogEntry],
        of genesis: Genesis,
        earlier: [SignedReconfiguration]
    ) async throws -> [SignedReconfiguration] {
        var chain = MembershipChain(genesis)
        var out: [SignedReconfiguration] = []
        for entry in entries {
            let change: SignedReconfiguration
            if let known = earlier.first(where: { $0.entry == entry }), chain.isSigned(known) {
                change = known
            } else {
                let receipt = try await self.source.receipt(of: entry.header.op)
                change = SignedReconfiguration(entry: entry, receipt: receipt)
            }
            try chain.follow(change)
            out.append(change)
        }
        return out
    }

    /// Copies what is missing, a few at a time; returns all segments with their hashes. `copied` gets those that were
    /// copied, even when a later one cannot be.
    private func copy(_ plan: BackupPlan, into copied: inout [Digest: BackupSegment]) async throws -> [BackupSegment] {
        var plan = plan
        let missing = plan.missing
        let total = missing.reduce(UInt64(0)) { $0 + plan.segments[$1].bytesCount }
        let tally = TransferTally(total: total, progress: self.progress)
        let segments = plan.segments
        try await withThrowingTaskGroup(of: (Int, Digest).self) { group in
            for position in missing.prefix(Self.copiesInFlightMax) {
                group.addTask { (position, try await self.copy(segments[position], tally)) }
            }
            var waiting = missing.dropFirst(Self.copiesInFlightMax).makeIterator()
            // Results are taken down as they come, so that a copy need not be made again when a later one fails.
            while let (copy, content) = try await group.next() {
                plan.note(content, at: copy)
                copied[segments[copy].fingerprint] = plan.segments[copy]
                guard let position = waiting.next() else { continue }
                group.addTask { (position, try await self.copy(segments[position], tally)) }
            }
        }
        return plan.segments
    }

    private func copy(_ segment: BackupSegment, _ tally: TransferTally) async throws -> Digest {
        let hash = RunningHash()
        try await self.store.write(segment.object, bytesCount: segment.bytesCount) { range in
            let bytes = try await self.source.read(segment, range)
            try await BlockingWork.run { hash.update(bytes, at: range.lowerBound) }
            tally.note(bytes.count)
            return bytes
        }
        guard let digest = hash.digest(bytesCount: segment.bytesCount) else {
            throw ClientError(.failed, "object \(segment.object) was not written in order")
        }
        return digest
    }
}
