internal import NIOCore
internal import Synchronization
package import TarnCore

/// Has nodes look after what they store: collection and scrub.
package struct RemoteUpkeep: Sendable {
    private let client: TarnHTTPClient
    /// A large store takes hours.
    private static let deadlineMilliseconds = 24 * 3_600 * 1_000
    private static let lineBytesMax = 64 << 20

    package init(client: TarnHTTPClient) {
        self.client = client
    }

    /// Has the primary let go what the retention policy no longer keeps; returns its answer.
    package func raiseFloor() async throws -> JSONValue {
        let answer = try await self.client.read(
            TransportRequest(.post, "/v1/gc/floor", deadlineMilliseconds: Limits.clientDeadlineMilliseconds)
        )
        return try TarnHTTPClient.parse(answer.body, of: "/v1/gc/floor")
    }

    /// Collects on one node, giving bytes done and in all to `progress`.
    package func collect(
        isDryRun: Bool,
        isImmediate: Bool,
        stagedSeconds: UInt32?,
        progress: @escaping @Sendable (UInt64, UInt64) -> Void
    ) async throws -> JSONValue {
        var body = "{\"dry_run\":\(isDryRun),\"now\":\(isImmediate)"
        if let stagedSeconds { body += ",\"staged_seconds\":\(stagedSeconds)" }
        body += "}"
        return try await self.run("/v1/gc/collect", "collection", body: ByteBuffer(string: body), progress: progress)
    }

    /// Reads and proves all that one node stores.
    package func scrub(progress: @escaping @Sendable (UInt64, UInt64) -> Void) async throws -> JSONValue {
        try await self.run("/v1/scrub", "scrub", body: nil, progress: progress)
    }

    /// The last line of the answer; the others are progress.
    private func run(
        _ route: String,
        _ what: String,
        body: ByteBuffer?,
        progress: @escaping @Sendable (UInt64, UInt64) -> Void
    ) async throws -> JSONValue {
        let lines = LineSplitter(bytesMax: Self.lineBytesMax)
        let last = Mutex<JSONValue?>(nil)
        _ = try await self.client.stream(
            TransportRequest(.post, route, body: body, deadlineMilliseconds: Self.deadlineMilliseconds)
        ) { part in
            for line in try lines.append(part) {
                let document = try TarnHTTPClient.parse(line, of: route)
                if let done = document["done_bytes"]?.unsigned, let total = document["total_bytes"]?.unsigned {
                    progress(done, total)
                } else {
                    last.withLock { $0 = document }
                }
            }
        }
        guard let document = last.withLock({ $0 }) else {
            throw ClientError(.failed, "the node ended the \(what) without a result")
        }
        if let code = document["error_code"]?.string {
            throw ClientError(.failed, "the \(what) failed: \(document["message"]?.string ?? code)", errorCode: code)
        }
        return document
    }
}
