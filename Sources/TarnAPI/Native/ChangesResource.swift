internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `POST /v1/changes`: a change set, all or nothing, whose blobs were staged before.
struct ChangesResource: Sendable {
    static let binaryType = "application/vnd.tarn.changes"

    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.write(.post, "/v1/changes", .whole(.write)) { request in
            let body = try await request.body(max: Limits.requestBodyBytesMax)
            let isBinary = request.headers[.contentType]?.lowercased() == Self.binaryType
            let changes = isBinary ? try ChangeSet(decoding: body).changes : try ChangeParser.changes(json: body)
            if let principal = request.principal {
                for change in changes {
                    try Access.check(principal, mayChange: change.path)
                    guard case .move(let target) = change.action else { continue }
                    try Access.check(principal, mayChange: target)
                }
            }
            try await ProtectedContent.check(Self.contents(changes), for: request, in: self.node)
            let receipt = try await self.node.commit(changes, author: request.author, request: request.id)
            return Response(json: JSONWriter(receipt: receipt)).stamped(receipt)
        }
    }

    private static func contents(_ changes: [Change]) -> [BlobAddress] {
        changes.flatMap { change in
            guard case .put(let entry) = change.action else { return [BlobAddress]() }
            return [entry.content] + [entry.manifest].compactMap { $0 }
        }
    }
}
