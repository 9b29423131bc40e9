internal import Synchronization
package import TarnCore

/// Has one node re-hash all that it stores.
package struct RemoteVerification: Sendable {
    /// What the node found.
    package struct Report: Sendable {
        package let document: JSONValue

        package var isSound: Bool { self.document["sound"]?.boolean == true }
        package var op: Op { Op(self.document["op"]?.unsigned ?? 0) }
        package var root: String { self.document["root"]?.string ?? "" }
        package var expectedRoot: String { self.document["expected_root"]?.string ?? "" }
        package var blobCount: UInt64 { self.document["blobs"]?.unsigned ?? 0 }
        package var bytesCount: UInt64 { self.document["bytes"]?.unsigned ?? 0 }

        /// A line for each damaged blob: hash, reason and the paths that need it.
        package var bad: [String] {
            (self.document["bad"]?.items ?? []).map { blob in
                let paths = (blob["paths"]?.items ?? []).compactMap(\.string)
                let needed = paths.isEmpty ? "" : ", needed by \(paths.joined(separator: ", "))"
                return "\(blob["sha256"]?.string ?? "?"): \(blob["reason"]?.string ?? "?")\(needed)"
            }
        }

        /// The node's report with the datacentre's name.
        package func json(datacenter: String?) -> String {
            guard case .object(var members) = self.document else { return self.document.json }
            members["dc"] = datacenter.map { .string($0) } ?? .null
            return JSONValue.object(members).json
        }
    }

    private let client: TarnHTTPClient
    /// A large store takes hours.
    private static let deadlineMilliseconds = 24 * 3_600 * 1_000
    private static let lineBytesMax = 64 << 20

    package init(client: TarnHTTPClient) {
        self.client = client
    }

    /// Runs to the end, giving bytes done and in all to `progress`. Throws when the node could not finish.
    package func run(progress: @escaping @Sendable (UInt64, UInt64) -> Void) async throws -> Report {
        let lines = LineSplitter(bytesMax: Self.lineBytesMax)
        let last = Mutex<JSONValue?>(nil)
        _ = try await self.client.stream(
            TransportRequest(.post, "/v1/verify", deadlineMilliseconds: Self.deadlineMilliseconds)
        ) { part in
            for line in try lines.append(part) {
                let document = try TarnHTTPClient.parse(line, of: "/v1/verify")
                if let done = document["done_bytes"]?.unsigned, let total = document["total_bytes"]?.unsigned {
                    progress(done, total)
                } else {
                    last.withLock { $0 = document }
                }
            }
        }
        guard let document = last.withLock({ $0 }) else {
            throw ClientError(.failed, "the node ended the verification without a report")
        }
        if let code = document["error_code"]?.string {
            throw ClientError(
                .failed,
                "the verification failed: \(document["message"]?.string ?? code)",
                errorCode: code
            )
        }
        return Report(document: document)
    }

    /// Two reports of the same op with different roots, or nil when there are none.
    package static func contradiction(_ reports: [Report]) -> (Report, Report)? {
        for (index, left) in reports.enumerated() {
            for right in reports[(index + 1)...] where left.op == right.op && left.root != right.root {
                return (left, right)
            }
        }
        return nil
    }
}
