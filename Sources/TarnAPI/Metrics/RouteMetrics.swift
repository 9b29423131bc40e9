internal import Synchronization
internal import TarnCore

/// Requests to one class of routes: how many by status, and how long they took.
///
/// A class is the first two segments of the routes' patterns, so there are as many as the code has and requests cannot
/// add any.
final class RouteMetrics: Sendable {
    struct Counts: Sendable {
        var statuses: [Int: UInt64] = [:]
        var latency = LatencyCounts()
    }

    let name: String
    private let state = Mutex(Counts())

    init(name: String) {
        self.name = name
    }

    /// Notes an answer and the time until its head was ready: bodies may stream for as long as clients care to read.
    func note(status: Int, nanoseconds: UInt64) {
        self.state.withLock { state in
            state.statuses[status, default: 0] += 1
            state.latency.note(nanoseconds: nanoseconds)
        }
    }

    var counts: Counts { self.state.withLock { $0 } }

    /// The class of a route's pattern: `/v1/content` for `/v1/content/**`.
    static func name(of pattern: String) -> String {
        let segments = pattern.split(separator: "/").prefix(2).filter { $0 != "{}" && $0 != "**" }
        return "/" + segments.joined(separator: "/")
    }
}
