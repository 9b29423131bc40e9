internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnNode

/// `GET /v1/diff`: the paths at which two states differ, at a cost that follows the differences.
struct DiffResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.read("/v1/diff", .whole(.read)) { request in
            guard let older = try request.query.selector("from") else {
                throw Problem(.invalidRequest, "parameter 'from' is missing: an op, a root or a time is expected")
            }
            let after = try request.query.path("after")
            let limit = try request.query.integer(
                "limit",
                in: 1...Limits.listPageCountMax,
                default: Limits.listPageCountDefault
            )
            let from = try await self.node.snapshot(at: older)
            let to = try await self.node.snapshot(at: request.query.selector("to"))
            var differences = MerkleTree<SHA256>.diff(from.tree, to.tree, after: after, limit: limit + 1)
            var next: String?
            if differences.count > limit {
                differences.removeLast()
                next = differences.last.map { Access.place(behind: $0.path, for: request.principal) }
            }
            differences.removeAll { !Access.isVisible($0.path, to: request.principal) }
            return Response(json: Self.json(differences, from, to, next)).stamped(to)
        }
    }

    private static func json(
        _ differences: [Difference],
        _ from: Snapshot,
        _ to: Snapshot,
        _ next: String?
    ) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 64 + differences.count * 640)
        writer.beginObject()
        writer.key("from")
        writer.integer(from.op.number)
        writer.key("to")
        writer.integer(to.op.number)
        writer.key("differences")
        writer.beginArray()
        for difference in differences {
            writer.beginObject()
            writer.key("path")
            writer.string(difference.path.string)
            writer.key("old")
            writer.entry(difference.old)
            writer.key("new")
            writer.entry(difference.new)
            writer.endObject()
        }
        writer.endArray()
        writer.key("next")
        writer.stringOrNull(next)
        writer.endObject()
        return writer
    }
}
