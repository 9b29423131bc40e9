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

    /// Has the primary let go what the retention policy no longer keeps; returns the op at which that holds.
    package func raiseFloor() async throws -> Op? {
        let answer = try await self.client.read(
            TransportRequest(.post, "/v1/gc/floor", deadlineMilliseconds: Limits.clientDeadlineMilliseconds)
        )
        return answer.op
    }

    /// Collects on one node, once it has the op `atLeast`, giving bytes done and in all to `progress`.
    package func collect(
        isDryRun: Bool,
        isImmediate: Bool,
        stagedSeconds: UInt32?,
        recompresses: Bool,
        atLeast: Op?,
        progress: @escaping @Sendable (UInt64, UInt64) -> Void
    ) async throws -> JSONValue {
        var body = "{\"dry_run\":\(isDryRun),\"now\":\(isImmediate)"
        if let stagedSeconds { body += ",\"staged_seconds\":\(stagedSeconds)" }
        // Left out unless it is wanted: a node of the release before does not know it.
        if recompresses { body += ",\"recompress\":true" }
        body += "}"
        return try await self.run(
            "/v1/gc/collect",
            "collection",
            body: ByteBuffer(string: body),
            atLeast: atLeast,
            progress: progress
        )
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
        atLeast: Op? = nil,
        progress: @escaping @Sendable (UInt64, UInt64) -> Void
    ) async throws -> JSONValue {
        let lines = LineSplitter(bytesMax: Self.lineBytesMax)
        let last = Mutex<JSONValue?>(nil)
        var request = TransportRequest(.post, route, body: body, deadlineMilliseconds: Self.deadlineMilliseconds)
        if let atLeast {
            request.mustSeeLastWrite = false
            request.headers.append(("Tarn-At-Least", atLeast.description))
        }
        _ = try await self.client.stream(request) { part in
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
