internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `POST /v1/verify`: re-hashes everything that this node stores. Lines of JSON: progress while it runs, the report
/// last.
struct VerifyResource: Sendable {
    let node: any NodeService
    let audit: AuditRecorder
    let running = RequestGate(limit: Limits.verificationsMax)

    func register(in routes: inout RouteTable) {
        routes.ask("/v1/verify", .whole(.admin)) { request in
            guard let permit = self.running.enter() else {
                throw Problem(.rateLimited, "a verification is running already", headers: [.retryAfter: "60"])
            }
            self.audit.note("verify", by: request)
            return ProgressLines(permit: permit) { tell in
                Self.json(try await self.node.verify { tell(.progress(done: $0, total: $1)) })
            }.response
        }
    }

    private static func json(_ report: VerifyReport) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        writer.key("sound")
        writer.boolean(report.isSound)
        writer.key("op")
        writer.integer(report.op.number)
        writer.key("root")
        writer.string(report.recomputedRoot.hex)
        writer.key("expected_root")
        writer.string(report.expectedRoot.hex)
        writer.key("blobs")
        writer.integer(report.blobCount)
        writer.key("bytes")
        writer.integer(report.rawBytesCount)
        writer.key("bad")
        writer.beginArray()
        for blob in report.bad {
            writer.beginObject()
            writer.key("sha256")
            writer.string(blob.address.hex)
            writer.members(reason: blob.reason, paths: blob.paths)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer
    }
}
