internal import TarnCore
internal import TarnCrypto

/// Brings files of an export into the folder, unless they are there.
struct ExportFetcher: Sendable {
    let client: TarnHTTPClient
    let folder: ExportFolder
    /// The directory that is exported.
    let source: NamespacePath
    /// The op to read at.
    let op: Op
    let losses: ExportLosses

    /// What the folder lacks, small files many at a time. A file that cannot be written, or whose content is not what
    /// its entry says or cannot be had from any node, is told by its outcome: it must not keep the others from being
    /// exported. An answer that is missing is thrown.
    func fetch(_ orders: [ExportRun.Order]) async throws -> [ExportRun.Outcome] {
        var outcomes = try await BlockingWork.run { orders.map { self.present($0) } }
        let absent = outcomes.indices.filter { outcomes[$0].stamp == nil && outcomes[$0].problem == nil }
        var alone = absent.filter { orders[$0].entry.size > UInt64(Limits.blobBytesMax) }
        for batch in Self.batches(absent.filter { orders[$0].entry.size <= UInt64(Limits.blobBytesMax) }, orders) {
            let contents = try await self.client.contents(
                of: batch.map { orders[$0].relative },
                below: self.source,
                at: self.op
            )
            let written = try await BlockingWork.run {
                zip(batch, contents).map { index, content in
                    content.map { self.write(orders[index], bytes: Array($0)) }
                }
            }
            for (index, outcome) in zip(batch, written) {
                if let outcome { outcomes[index] = outcome } else { alone.append(index) }
            }
        }
        for index in alone { outcomes[index] = try await self.write(orders[index]) }
        return outcomes
    }

    /// The files at `indices` in batches that one answer can hold.
    private static func batches(_ indices: [Int], _ orders: [ExportRun.Order]) -> [[Int]] {
        var batches: [[Int]] = []
        var bytesCount = UInt64.max
        for index in indices {
            let size = orders[index].entry.size
            if bytesCount > UInt64(Limits.exportBatchBytesMax) - size {
                batches.append([])
                bytesCount = 0
            }
            batches[batches.count - 1].append(index)
            bytesCount += size
        }
        return batches
    }

    /// What stands in the folder: with its stamp when it has the content already. May block.
    private func present(_ order: ExportRun.Order) -> ExportRun.Outcome {
        var outcome = ExportRun.Outcome(relative: order.relative, entry: order.entry, stamp: nil)
        do throws(SystemError) {
            guard let status = try self.folder.status(order.relative) else { return outcome }
            guard status.kind != .directory else {
                outcome.problem = "a folder stands in its place"
                return outcome
            }
            guard status.kind == .file, status.stamp.size == order.entry.size else { return outcome }
            if order.remembered != status.stamp {
                guard try self.folder.digest(order.relative) == order.entry.content else { return outcome }
            }
            var stamp = status.stamp
            if let modified = order.entry.attributes.modifiedAtNanoseconds,
                UInt64(clamping: stamp.modifiedNanoseconds) != modified
            {
                try self.folder.setModified(order.relative, nanoseconds: modified)
                stamp = try self.folder.status(order.relative)?.stamp ?? stamp
            }
            return ExportRun.Outcome(relative: order.relative, entry: order.entry, stamp: stamp)
        } catch {
            outcome.problem = ExportRun.reason(error)
            return outcome
        }
    }

    private func write(_ order: ExportRun.Order) async throws -> ExportRun.Outcome {
        do {
            let file = try await BlockingWork.run { try self.folder.create(order.relative) }
            do {
                if order.entry.size <= UInt64(Limits.blobBytesMax) {
                    return try await self.writeSmall(order, file)
                }
                let reader = RangeReader(
                    client: self.client,
                    path: order.path,
                    entry: order.entry,
                    op: self.op,
                    patienceMilliseconds: self.losses.patienceMilliseconds
                )
                try await reader.read { bytes in try await BlockingWork.run { try file.append(bytes) } }
                return try await BlockingWork.run { try Self.publish(order, file) }
            } catch {
                file.discard()
                throw error
            }
        } catch let error as SystemError {
            return Self.outcome(order, problem: ExportRun.reason(error))
        } catch let error as ClientError where error.isWrongContent {
            return Self.outcome(order, problem: Self.wrongContent(order))
        } catch let error as ClientError where error.isNotServed {
            // Whether it is the file or the cluster: a node that serves the state names what stands there.
            guard try await self.client.entry(at: order.path, at: self.op.description) != nil else { throw error }
            self.losses.note()
            return Self.outcome(order, problem: error.message)
        }
    }

    private static func wrongContent(_ order: ExportRun.Order) -> String {
        "the bytes received do not have the SHA-256 \(order.entry.content)"
    }

    private static func outcome(_ order: ExportRun.Order, problem: String) -> ExportRun.Outcome {
        ExportRun.Outcome(relative: order.relative, entry: order.entry, stamp: nil, problem: problem)
    }

    private func writeSmall(_ order: ExportRun.Order, _ file: ExportFile) async throws -> ExportRun.Outcome {
        var request = TransportRequest(
            .get,
            PercentEncoding.target("/v1/content", order.path, query: [("at", self.op.description)]),
            deadlineMilliseconds: Limits.clientDeadlineMilliseconds
        )
        request.patienceMilliseconds = self.losses.patienceMilliseconds
        let answer = try await self.client.read(request)
        return try await BlockingWork.run {
            guard Self.isRight(answer.body, order) else {
                throw ClientError.wrongContent(order.path, order.entry.content)
            }
            try file.append(answer.body)
            return try Self.publish(order, file)
        }
    }

    /// Writes a file whose content came already. May block.
    private func write(_ order: ExportRun.Order, bytes: [UInt8]) -> ExportRun.Outcome {
        guard Self.isRight(bytes, order) else { return Self.outcome(order, problem: Self.wrongContent(order)) }
        do throws(SystemError) {
            let file = try self.folder.create(order.relative)
            do throws(SystemError) {
                try file.append(bytes)
                return try Self.publish(order, file)
            } catch {
                file.discard()
                throw error
            }
        } catch {
            return Self.outcome(order, problem: ExportRun.reason(error))
        }
    }

    private static func isRight(_ bytes: [UInt8], _ order: ExportRun.Order) -> Bool {
        SHA256.digest(bytes) == order.entry.content
    }

    private static func publish(_ order: ExportRun.Order, _ file: ExportFile) throws(SystemError) -> ExportRun.Outcome {
        let stamp = try file.publish(modifiedNanoseconds: order.entry.attributes.modifiedAtNanoseconds)
        return ExportRun.Outcome(relative: order.relative, entry: order.entry, stamp: stamp, isWritten: true)
    }
}
