internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `POST /v1/repair`: the asked node compares its state with another datacentre's, and repairs its own.
struct RepairResource: Sendable {
    let node: any NodeService
    let audit: AuditRecorder
    let running = RequestGate(limit: Limits.upkeepRunsMax)

    func register(in routes: inout RouteTable) {
        routes.ask("/v1/repair", .whole(.admin)) { request in
            guard let permit = self.running.enter() else {
                throw Problem(.rateLimited, "a repair is running already", headers: [.retryAfter: "10"])
            }
            defer { withExtendedLifetime(permit) {} }
            self.audit.note("repair", by: request)
            return Response(json: Self.json(try await self.node.repair()))
        }
    }

    private static func json(_ report: RepairReport) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 512 + report.paths.count * 64)
        writer.beginObject()
        writer.key("finding")
        writer.string(report.finding.rawValue)
        writer.key("other")
        writer.string(report.other.name)
        writer.key("op")
        writer.integer(report.op.number)
        writer.key("expected_root")
        writer.string(report.expectedRoot.hex)
        writer.key("root")
        writer.string(report.root.hex)
        writer.key("differences")
        writer.integer(report.differencesCount)
        writer.key("paths")
        writer.beginArray()
        for path in report.paths { writer.string(path.string) }
        writer.endArray()
        writer.key("round_trips")
        writer.integer(report.roundTripsCount)
        writer.key("bytes")
        writer.integer(report.bytesCount)
        writer.endObject()
        return writer
    }
}
