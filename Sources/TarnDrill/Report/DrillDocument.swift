internal import NIOCore
package import TarnClient
package import TarnCore

/// The document of a drill in the namespace, `/meta/drill/<id>.json`: that it began, and then its report.
package enum DrillDocument {
    /// What stands for a verdict until there is one.
    static let runningVerdict = "running"

    package static func path(of id: String) throws -> NamespacePath {
        try NamespacePath("/meta/drill/\(id).json")
    }

    /// Writes `document`, as the first one of this drill or over the one before. Returns its op.
    static func write(_ document: JSONValue, of id: String, isFirst: Bool, client: TarnHTTPClient) async throws -> Op {
        var request = TransportRequest(
            .put,
            PercentEncoding.target("/v1/content", try Self.path(of: id)),
            headers: [("Content-Type", "application/json"), isFirst ? ("If-None-Match", "*") : ("If-Match", "*")],
            deadlineMilliseconds: Limits.clientDeadlineMilliseconds
        )
        request.body = ByteBuffer(bytes: Self.bytes(of: document))
        return try await client.commit(request).op
    }

    /// What stands in the file.
    package static func bytes(of document: JSONValue) -> [UInt8] {
        Array((document.json + "\n").utf8)
    }

    /// The document as of `op`, or the newest.
    package static func read(_ id: String, at op: Op? = nil, client: TarnHTTPClient) async throws -> [UInt8] {
        try await client.get("/v1/content", try Self.path(of: id), query: [("at", op?.description)]).body
    }

    /// The ids of all drills that the cluster knows of, oldest first.
    package static func ids(client: TarnHTTPClient) async throws -> [String] {
        var names: [String] = []
        do {
            _ = try await client.listAll(try NamespacePath("/meta/drill"), isRecursive: false) { page in
                names += page.compactMap { $0.path.string.split(separator: "/").last.map(String.init) }
            }
        } catch let error as ClientError where error.isNotFound {
            return []
        }
        return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.filter { DrillID.isValid($0) }
            .sorted()
    }
}
