internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `GET /v1/status`: the cluster as this node sees it.
struct StatusResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.read("/v1/status", .whole(.read)) { _ in
            Response(json: Self.json(await self.node.status()))
        }
    }

    private static func json(_ status: ClusterStatus) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 1_536)
        writer.beginObject()
        writer.key("cluster")
        writer.string(status.cluster)
        writer.key("primary")
        writer.stringOrNull(status.primary?.name)
        writer.key("mirrored")
        writer.boolean(status.isMirrored)
        writer.key("datacenters")
        writer.beginArray()
        for row in status.datacenters { Self.write(row, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer
    }

    private static func write(_ row: ClusterStatus.Datacenter, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("dc")
        writer.string(row.datacenter.name)
        writer.key("role")
        writer.string(row.role.rawValue)
        writer.key("url")
        writer.string(row.url)
        writer.key("reachable")
        writer.boolean(row.isReachable)
        writer.key("view")
        writer.integer(row.view.number)
        writer.key("op")
        writer.integer(row.op.number)
        writer.key("commit")
        writer.integer(row.commit.number)
        writer.key("root")
        writer.string(row.root.hex)
        writer.key("prefix_complete")
        writer.integer(row.prefixComplete.number)
        writer.key("lag_ops")
        writer.integer(row.lagOps)
        writer.key("missing_bytes")
        writer.integer(row.missingBytesCount)
        writer.key("bytes_sent")
        if let count = row.sentBytesCount { writer.integer(count) } else { writer.null() }
        writer.key("rtt_ms")
        if let milliseconds = row.roundTripMilliseconds { writer.number(milliseconds) } else { writer.null() }
        writer.key("predicted_rto_ms")
        if let milliseconds = row.predictedRecoveryMilliseconds {
            writer.integer(milliseconds)
        } else {
            writer.null()
        }
        writer.key("predicted_rpo_ops")
        writer.integer(row.predictedLostOps)
        writer.key("trouble")
        writer.stringOrNull(row.trouble)
        writer.endObject()
    }
}
