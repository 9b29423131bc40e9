internal import Hummingbird
internal import NIOCore
internal import Synchronization
internal import TarnCore
internal import TarnNode

/// `POST /v1/verify`: re-hashes everything that this node stores. Lines of JSON: progress while it runs, the report
/// last.
struct VerifyResource: Sendable {
    /// Progress in smaller steps is not told.
    private static let progressBytesMin: UInt64 = 16 << 20

    private enum Event: Sendable {
        case progress(UInt64, UInt64)
        case done(VerifyReport)
        case failed(Problem)
    }

    let node: any NodeService
    let audit: AuditRecorder
    let running = RequestGate(limit: Limits.verificationsMax)

    func register(in routes: inout RouteTable) {
        routes.ask("/v1/verify", .whole(.admin)) { request in
            guard let permit = self.running.enter() else {
                throw Problem(.rateLimited, "a verification is running already", headers: [.retryAfter: "60"])
            }
            self.audit.note("verify", by: request)
            return Response(
                status: .ok,
                headers: [.contentType: "application/x-ndjson"],
                body: ResponseBody { writer in
                    try await self.run(&writer)
                    try await writer.finish(nil)
                    withExtendedLifetime(permit) {}
                }
            )
        }
    }

    /// Only the newest progress is kept for a client that reads slowly.
    private func run(_ writer: inout any ResponseBodyWriter) async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let last = Mutex<UInt64>(0)
                do {
                    let report = try await self.node.verify { done, total in
                        let isStep = last.withLock { last in
                            guard done >= last + Self.progressBytesMin || done == total else { return false }
                            last = done
                            return true
                        }
                        if isStep { continuation.yield(.progress(done, total)) }
                    }
                    continuation.yield(.done(report))
                } catch {
                    continuation.yield(.failed(Problem(error)))
                }
                continuation.finish()
            }
            // A client that hangs up ends the verification, too: the group cancels it.
            for await event in events { try await writer.write(Self.line(event)) }
            try await group.waitForAll()
        }
    }

    private static func line(_ event: Event) -> ByteBuffer {
        var writer = JSONWriter(reservingCapacity: 256)
        switch event {
        case .progress(let done, let total):
            writer.beginObject()
            writer.key("done_bytes")
            writer.integer(done)
            writer.key("total_bytes")
            writer.integer(total)
            writer.endObject()
        case .done(let report): Self.write(report, to: &writer)
        case .failed(let problem):
            writer.beginObject()
            writer.key("error_code")
            writer.string(problem.code.rawValue)
            writer.key("message")
            writer.string(problem.message)
            writer.endObject()
        }
        return ByteBuffer(bytes: writer.bytes + [0x0a])
    }

    private static func write(_ report: VerifyReport, to writer: inout JSONWriter) {
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
            writer.key("reason")
            writer.string(blob.reason)
            writer.key("paths")
            writer.beginArray()
            for path in blob.paths { writer.string(path.string) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}
