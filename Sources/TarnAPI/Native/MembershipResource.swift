internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `/v1/membership`: who belongs to the cluster and how that changes; `/v1/failover`: another primary without asking
/// the present one.
struct MembershipResource: Sendable {
    /// A membership in canonical encoding is far smaller.
    private static let bodyBytesMax = 65_536
    let node: any NodeService
    let audit: AuditRecorder

    func register(in routes: inout RouteTable) {
        routes.read("/v1/membership", .whole(.read)) { _ in Response(json: self.json()) }
        routes.write(.post, "/v1/membership/learners", .whole(.admin)) { request in
            let membership = try await self.wish(in: request) { bytes throws(CoreError) in
                try Membership(decoding: bytes)
            }
            try await self.node.teach(membership)
            return Response(json: self.json())
        }
        routes.write(.post, "/v1/membership/change", .whole(.admin)) { request in
            let change = try await self.wish(in: request) { bytes throws(CoreError) in
                try Reconfiguration(decoding: bytes)
            }
            try await self.node.reconfigure(change)
            return Response(json: self.json())
        }
        routes.ask("/v1/failover", .whole(.admin)) { request in
            self.audit.note("failover", by: request)
            try await self.node.failOver()
            return Response(json: self.json())
        }
    }

    /// What the body asks for, in canonical encoding; noted in the audit log once it could be read.
    private func wish<Value>(
        in request: APIRequest,
        _ decode: ([UInt8]) throws(CoreError) -> Value
    ) async throws -> Value {
        let body = try await request.body(max: Self.bodyBytesMax)
        let value: Value
        do throws(CoreError) {
            value = try decode(body)
        } catch {
            throw Problem(.invalidRequest, error.message)
        }
        self.audit.note("membership", by: request)
        return value
    }

    private func json() -> JSONWriter {
        let membership = self.node.membership
        let addresses = self.node.memberAddresses
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.beginObject()
        writer.key("epoch")
        writer.integer(membership.epoch)
        writer.key("lineage")
        writer.string(String(membership.lineage))
        writer.key("observer_electable")
        writer.boolean(membership.isObserverElectable)
        writer.key("members")
        writer.beginArray()
        for (seat, member) in membership.members.enumerated() {
            writer.beginObject()
            writer.key("dc")
            writer.string(member.datacenter.name)
            writer.key("votes")
            writer.boolean(seat < membership.votersCount)
            writer.key("key")
            writer.string(Hex.encode(member.publicKey))
            if let address = addresses.first(where: { $0.datacenter == member.datacenter }) {
                writer.key("peer")
                writer.string(address.peer)
                writer.key("api")
                writer.string(address.api)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.key("retired")
        writer.beginArray()
        for datacenter in membership.retired { writer.string(datacenter.name) }
        writer.endArray()
        // In canonical encoding: what the next membership is made from.
        writer.key("encoded")
        writer.string(Hex.encode(membership.encoded()))
        writer.endObject()
        return writer
    }
}
