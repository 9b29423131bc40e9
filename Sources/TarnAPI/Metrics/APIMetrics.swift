internal import Synchronization
internal import TarnCore
package import TarnNode

/// What a listener counts beside its routes, and the names of it all.
package final class APIMetrics: Sendable {
    /// Why a request was turned away before it was looked at.
    enum Refusal: String, CaseIterable {
        /// The node answers as many requests as it takes.
        case load
        /// The token made more requests than it may.
        case rate
        /// The token has as many requests in flight as it may.
        case concurrency
    }

    /// Every metric of a listener, in the order in which it exposes them.
    package static let definitions = [
        APIMetrics.requests, APIMetrics.requestSeconds, APIMetrics.inFlight, APIMetrics.refused,
        APIMetrics.loginFailures,
    ]

    static let requests = MetricDefinition(
        "tarn_http_requests_total",
        .counter,
        labels: ["route", "status"],
        "Requests answered, by class of route and status."
    )
    static let requestSeconds = MetricDefinition(
        "tarn_http_request_seconds",
        .histogram,
        labels: ["route"],
        "From a request's head to that of its answer."
    )
    static let inFlight = MetricDefinition("tarn_http_requests_in_flight", .gauge, "Requests that are being answered.")
    static let refused = MetricDefinition(
        "tarn_http_requests_refused_total",
        .counter,
        labels: ["reason"],
        "Requests turned away with status 429: load, or a token's rate or concurrency."
    )
    static let loginFailures = MetricDefinition(
        "tarn_login_failures_total",
        .counter,
        "Requests with a token that is malformed, unknown, expired or revoked."
    )

    private let refusals = Mutex<[Refusal: UInt64]>([:])
    private let loginFailureCount = Atomic<UInt64>(0)

    init() {}

    func note(refusal: Refusal) {
        self.refusals.withLock { $0[refusal, default: 0] += 1 }
    }

    func noteLoginFailure() {
        self.loginFailureCount.wrappingAdd(1, ordering: .relaxed)
    }

    /// Writes what was counted here and at `routes`.
    func write(routes: [RouteMetrics], inFlightCount: Int, to text: inout MetricText) {
        let counted = routes.map { (name: $0.name, counts: $0.counts) }.filter { !$0.counts.statuses.isEmpty }
        text.write(
            Self.requests,
            counted.flatMap { name, counts in
                counts.statuses.sorted { $0.key < $1.key }.map { ([name, String($0.key)], Double($0.value)) }
            }
        )
        text.write(Self.requestSeconds, counted.map { ([$0.name], $0.counts.latency) })
        text.write(Self.inFlight, Double(inFlightCount))
        let refusals = self.refusals.withLock { $0 }
        text.write(Self.refused, Refusal.allCases.map { ([$0.rawValue], Double(refusals[$0] ?? 0)) })
        text.write(Self.loginFailures, Double(self.loginFailureCount.load(ordering: .relaxed)))
    }
}
