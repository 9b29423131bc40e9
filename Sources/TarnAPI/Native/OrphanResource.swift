internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `/v1/orphans`: change sets of a deposed primary, at the node that holds them; `/v1/switchover`: another primary.
struct OrphanResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.read("/v1/orphans", .whole(.read)) { _ in try await self.list() }
        routes.read("/v1/orphans/{}", .whole(.read)) { try await self.show($0) }
        routes.stage(.post, "/v1/switchover/{}", .whole(.admin)) { try await self.switchOver($0) }
    }

    private func list() async throws -> Response {
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.beginObject()
        writer.key("orphans")
        writer.beginArray()
        for orphan in try await self.node.orphans() {
            let header = orphan.entry.header
            writer.beginObject()
            writer.key("hash")
            writer.string(orphan.hash.hex)
            writer.key("op")
            writer.integer(header.op.number)
            writer.key("view")
            writer.integer(header.view.number)
            writer.key("author")
            writer.string(header.author)
            writer.key("request")
            writer.string(header.request.description)
            writer.key("time")
            writer.string(Timestamp(microseconds: header.timestampMicroseconds).description)
            writer.key("changes")
            writer.integer((try? ChangeSet(decoding: orphan.entry.body).changes.count) ?? 0)
            writer.key("state")
            writer.string(orphan.committedAs != nil ? "committed" : orphan.isDecided ? "decided" : "open")
            writer.key("committed_op")
            if let op = orphan.committedAs { writer.integer(op.number) } else { writer.null() }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return Response(json: writer)
    }

    /// The change set in canonical encoding, as `POST /v1/changes` takes it. Nothing can be left out of that, so one of
    /// protected paths is an administrator's.
    private func show(_ request: APIRequest) async throws -> Response {
        let name = try request.parameter()
        guard let hash = Digest(hex: name), let orphan = try await self.node.orphans().first(where: { $0.hash == hash })
        else { throw Problem(.notFound, "there is no orphan '\(name)' at \(self.node.datacenter)") }
        for change in try EncodedChangeSet(orphan.entry.body) where !Access.isVisible(change, to: request.principal) {
            throw Problem(.permissionDenied, "orphan \(hash) changes protected paths, which needs scope admin")
        }
        var response = Response(bytes: orphan.entry.body)
        response.headers[.contentType] = ChangesResource.binaryType
        return response
    }

    private func switchOver(_ request: APIRequest) async throws -> Response {
        let name = try request.parameter()
        let target: DatacenterID
        do throws(CoreError) {
            target = try DatacenterID(name)
        } catch {
            throw Problem(.invalidRequest, error.message)
        }
        let view = try await self.node.switchOver(to: target)
        var writer = JSONWriter(reservingCapacity: 64)
        writer.beginObject()
        writer.key("primary")
        writer.string(target.name)
        writer.key("view")
        writer.integer(view.number)
        writer.endObject()
        return Response(json: writer)
    }
}
