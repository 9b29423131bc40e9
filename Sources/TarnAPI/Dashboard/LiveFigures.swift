internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle
internal import TarnCore
internal import TarnNode

/// `GET /ui/events`: the figures of the cluster's page as server-sent events, as often as they change and at least
/// every two seconds, for as long as the visitor's token may read them.
struct LiveFigures: Sendable {
    private static let waitMilliseconds = 2_000
    private static let pauseMilliseconds = 500

    let visit: DashboardVisit
    let streams: RequestGate

    func response() throws -> Response {
        try self.visit.checkMayReadAll()
        guard let permit = self.streams.enter() else {
            throw Problem(.rateLimited, "too many pages are kept up to date already", headers: [.retryAfter: "10"])
        }
        // The visit itself holds its request's place among those that are answered.
        let (node, token) = (self.visit.node, self.visit.token)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                // Browsers come back by themselves when a stream ends.
                let end = ContinuousClock.now + .seconds(Limits.dashboardStreamSeconds)
                while ContinuousClock.now < end, !Task.isShuttingDownGracefully, await Self.mayRead(token, at: node) {
                    let event = Self.event(await node.status(), head: node.head)
                    try await writer.write(ByteBuffer(string: event))
                    try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
                    // Nothing new in time is no failure: the round trips have changed meanwhile.
                    try? await node.wait(for: node.head.op.next, deadlineMilliseconds: Self.waitMilliseconds)
                }
                try await writer.finish(nil)
                withExtendedLifetime(permit) {}
            }
        )
    }

    /// Whether `token`, which may have ended or been revoked meanwhile, may still see what the stream tells.
    private static func mayRead(_ token: String, at node: any NodeService) async -> Bool {
        guard let principal = await node.authenticate(token: token) else { return false }
        return (try? Access.whole(.read).check(principal, path: nil)) != nil
    }

    /// Texts by the id of the element that shows them.
    static func event(_ status: ClusterStatus, head: CommittedHead) -> String {
        var figures = ["head-op": DashboardFormat.count(head.op.number), "head-root": head.root.hex]
        for row in status.datacenters {
            figures.merge(self.figures(of: row)) { $1 }
            figures["\(row.datacenter.name)-loss"] = OverviewPage.loss(of: row, in: status)
        }
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.beginObject()
        for (key, value) in figures.sorted(by: { $0.key < $1.key }) {
            writer.key(key)
            writer.string(value)
        }
        writer.endObject()
        return "data: \(writer.text)\n\n"
    }

    static func figures(of row: ClusterStatus.Datacenter) -> [String: String] {
        let name = row.datacenter.name
        return [
            "\(name)-role": row.role.rawValue,
            "\(name)-state": row.trouble ?? (row.isReachable ? "ok" : "not reachable"),
            "\(name)-view": String(row.view.number),
            "\(name)-op": DashboardFormat.count(row.commit.number),
            "\(name)-whole": DashboardFormat.count(row.prefixComplete.number),
            "\(name)-rto": row.predictedRecoveryMilliseconds.map { DashboardFormat.milliseconds(Double($0)) }
                ?? "never",
            "\(name)-rpo": "\(DashboardFormat.count(row.predictedLostOps)) ops",
            "\(name)-lag": DashboardFormat.count(row.lagOps),
            "\(name)-missing": DashboardFormat.bytes(row.missingBytesCount),
            "\(name)-rtt": row.roundTripMilliseconds.map { DashboardFormat.milliseconds($0) } ?? "–",
        ]
    }
}
