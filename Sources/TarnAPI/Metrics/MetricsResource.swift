internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import TarnNode

/// `GET /metrics`: counters of this node in the Prometheus text format. Needs no token, for they tell of no path and no
/// content.
struct MetricsResource: Sendable {
    let node: any NodeService
    let metrics: APIMetrics
    let gate: RequestGate

    /// The classes of the table's routes are asked for at every request, since more may be added behind this one.
    func register(in routes: inout RouteTable) {
        let classes = routes.classes
        routes.tell("/metrics") { _ in
            var text = MetricText()
            self.metrics.write(routes: classes.all, inFlightCount: self.gate.inFlightCount, to: &text)
            await self.node.writeMetrics(to: &text)
            return Response(
                status: .ok,
                headers: [.contentType: MetricText.mediaType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text.text))
            )
        }
    }
}
