internal import TarnCore
internal import TarnCrypto

/// Brings files of an export into the folder, unless they are there.
struct ExportFetcher: Sendable {
    let client: TarnHTTPClient
    let folder: ExportFolder
    /// The op to read at.
    let op: Op

    /// One after the other. A file that cannot be written is told by its outcome; an answer that is missing or wrong is
    /// thrown.
    func fetch(_ orders: [ExportRun.Order]) async throws -> [ExportRun.Outcome] {
        var outcomes = try await BlockingWork.run { orders.map { self.present($0) } }
        for index in outcomes.indices where outcomes[index].stamp == nil && outcomes[index].problem == nil {
            outcomes[index] = try await self.write(orders[index])
        }
        return outcomes
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
                let reader = RangeReader(client: self.client, path: order.path, entry: order.entry, op: self.op)
                try await reader.read { bytes in try await BlockingWork.run { try file.append(bytes) } }
                return try await BlockingWork.run { try Self.publish(order, file) }
            } catch {
                file.discard()
                throw error
            }
        } catch let error as SystemError {
            return ExportRun.Outcome(
                relative: order.relative,
                entry: order.entry,
                stamp: nil,
                problem: ExportRun.reason(error)
            )
        }
    }

    private func writeSmall(_ order: ExportRun.Order, _ file: ExportFile) async throws -> ExportRun.Outcome {
        let answer = try await self.client.get("/v1/content", order.path, query: [("at", self.op.description)])
        return try await BlockingWork.run {
            guard SHA256.digest(answer.body) == order.entry.content else {
                throw ClientError(
                    .failed,
                    "\(order.path): the bytes received do not have the SHA-256 \(order.entry.content)"
                )
            }
            try file.append(answer.body)
            return try Self.publish(order, file)
        }
    }

    private static func publish(_ order: ExportRun.Order, _ file: ExportFile) throws(SystemError) -> ExportRun.Outcome {
        let stamp = try file.publish(modifiedNanoseconds: order.entry.attributes.modifiedAtNanoseconds)
        return ExportRun.Outcome(relative: order.relative, entry: order.entry, stamp: stamp, isWritten: true)
    }
}
