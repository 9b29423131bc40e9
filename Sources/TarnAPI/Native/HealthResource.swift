internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `/healthz` and `/readyz`: whether the process lives, and whether it is worth sending requests to. Neither needs a
/// token.
struct HealthResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.tell("/healthz") { _ in Self.answer("alive") }
        routes.tell("/readyz") { _ in
            let own = await self.node.status().datacenters.first { $0.datacenter == self.node.datacenter }
            if let trouble = own?.trouble { throw Problem(.unavailable, trouble, headers: [.retryAfter: "1"]) }
            return Self.answer("ready")
        }
    }

    private static func answer(_ status: String) -> Response {
        var writer = JSONWriter(reservingCapacity: 24)
        writer.beginObject()
        writer.key("status")
        writer.string(status)
        writer.endObject()
        return Response(json: writer)
    }
}
