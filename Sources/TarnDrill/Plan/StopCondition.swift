/// When a drill must end early: `p99>2s`, `gap>10s`, `unknown>5`, `stale>0`.
package struct StopCondition: Hashable, Sendable {
    package enum Figure: String, Hashable, Sendable, CaseIterable {
        case p50
        case p99
        /// The time since the newest acknowledgement.
        case gap
        case refused
        case unknown
        case stale
    }

    package let figure: Figure
    /// In microseconds for times, a count otherwise.
    package let limit: UInt64
    /// As it was given.
    package let text: String

    /// Nil when `text` is not `FIGURE>LIMIT`, the limit of a time with `ms`, `s` or `m` behind it.
    package init?(_ text: String) {
        let parts = text.split(separator: ">", omittingEmptySubsequences: false).map {
            String($0.filter { $0 != " " })
        }
        guard parts.count == 2, let figure = Figure(rawValue: parts[0]) else { return nil }
        switch figure {
        case .p50, .p99, .gap:
            guard let limit = ShortDuration(parts[1]) else { return nil }
            self.limit = limit.microseconds
        case .refused, .unknown, .stale:
            guard let limit = UInt64(parts[1]) else { return nil }
            self.limit = limit
        }
        self.figure = figure
        self.text = text
    }

    /// Whether the drill must end, given what its clients saw until `now`.
    package func isMet(writes: [WriteSample], reads: [ReadSample], since start: UInt64, now: UInt64) -> Bool {
        let acknowledged = writes.filter { $0.acknowledgedOp != nil }
        return switch self.figure {
        case .p50: Percentiles(acknowledged.map(\.latencyMicroseconds))[50] > self.limit
        case .p99: Percentiles(acknowledged.map(\.latencyMicroseconds))[99] > self.limit
        case .gap: now - min(now, acknowledged.map(\.endedAt).max() ?? start) > self.limit
        case .refused: UInt64(writes.count { $0.outcome == .refused }) > self.limit
        case .unknown: UInt64(writes.count { $0.outcome == .unknown }) > self.limit
        case .stale: UInt64(reads.count { $0.outcome == .stale }) > self.limit
        }
    }
}
