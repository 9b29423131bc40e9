internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `GET /v1/node`: what the asked node is, what its clock says, who its members are by their keys, and when views
/// changed here.
struct NodeResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.read("/v1/node", .whole(.read)) { _ in
            let history = await self.node.viewHistory()
            return Response(json: self.json(history, now: WallClock.microseconds()))
        }
    }

    private func json(_ history: ViewHistory, now: UInt64) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.beginObject()
        writer.key("dc")
        writer.string(self.node.datacenter.name)
        writer.key("version")
        writer.string(Version.text)
        writer.key("now")
        writer.integer(now)
        writer.key("members")
        writer.beginArray()
        for member in self.node.members {
            writer.beginObject()
            writer.key("dc")
            writer.string(member.datacenter.name)
            writer.key("public_key")
            writer.string(Hex.encode(member.publicKey))
            writer.endObject()
        }
        writer.endArray()
        writer.key("views")
        writer.beginArray()
        for change in history.changes { Self.write(change, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer
    }

    private static func write(_ change: ViewHistory.Change, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("view")
        writer.integer(change.view.number)
        let times: [(String, UInt64?)] = [
            ("suspected_at", change.suspectedAt), ("left_at", change.leftAt), ("begun_at", change.begunAt),
            ("committed_at", change.committedAt),
        ]
        for (name, time) in times {
            writer.key(name)
            if let time { writer.integer(time) } else { writer.null() }
        }
        writer.endObject()
    }
}
