internal import Hummingbird
internal import NIOCore
internal import TarnCore
internal import TarnNode

/// The answer to a request whose work takes long: lines of JSON, progress while it runs, the result last.
///
/// Only the newest progress is kept for a client that reads slowly. A client that hangs up ends the work.
struct ProgressLines: Sendable {
    /// Tells progress; may be called from any thread.
    typealias Tell = @Sendable (JSONWriter) -> Void

    /// Held until the answer is complete.
    let permit: RequestPermit
    /// Does the work and returns its result.
    let work: @Sendable (@escaping Tell) async throws -> JSONWriter

    var response: Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/x-ndjson"],
            body: ResponseBody { writer in
                try await self.run(&writer)
                try await writer.finish(nil)
                withExtendedLifetime(self.permit) {}
            }
        )
    }

    private func run(_ writer: inout any ResponseBodyWriter) async throws {
        let (lines, continuation) = AsyncStream.makeStream(of: JSONWriter.self, bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    continuation.yield(try await self.work { continuation.yield($0) })
                } catch {
                    continuation.yield(Self.failure(Problem(error)))
                }
                continuation.finish()
            }
            for await line in lines { try await writer.write(ByteBuffer(bytes: line.bytes + [0x0a])) }
            try await group.waitForAll()
        }
    }

    private static func failure(_ problem: Problem) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        writer.key("error_code")
        writer.string(problem.code.rawValue)
        writer.key("message")
        writer.string(problem.message)
        writer.endObject()
        return writer
    }
}

extension JSONWriter {
    /// The line that says how far the work is, in bytes.
    static func progress(done: UInt64, total: UInt64) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 96)
        writer.beginObject()
        writer.key("done_bytes")
        writer.integer(done)
        writer.key("total_bytes")
        writer.integer(total)
        writer.endObject()
        return writer
    }
}
