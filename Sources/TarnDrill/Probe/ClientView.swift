package import TarnCore

/// What the drill's clients saw of the cluster, in figures.
package struct ClientView: Hashable, Sendable {
    package let writesCount: Int
    package let attemptsCount: Int
    package let acknowledgedCount: Int
    package let refusedCount: Int
    package let unknownCount: Int
    /// Writes whose outcome was in doubt for a while and was found out by asking again.
    package let resolvedCount: Int
    /// Attempts that brought neither a receipt nor a no.
    package let failedAttemptsCount: Int
    /// Of acknowledged writes, retries included.
    package let latencies: Percentiles
    package let longestGap: AcknowledgementGap?
    package let readsCount: Int
    package let failedReadsCount: Int
    package let staleReadsCount: Int

    /// Over the whole run, from `start` to `end` in microseconds since 1970.
    package init(writes: [WriteSample], reads: [ReadSample], from start: UInt64, through end: UInt64) {
        let acknowledged = writes.filter { $0.acknowledgedOp != nil }
        self.writesCount = writes.count
        self.attemptsCount = writes.reduce(0) { $0 + $1.attemptsCount }
        self.acknowledgedCount = acknowledged.count
        self.refusedCount = writes.count { $0.outcome == .refused }
        self.unknownCount = writes.count { $0.outcome == .unknown }
        self.resolvedCount = writes.count { $0.doubtsCount > 0 && $0.outcome != .unknown }
        self.failedAttemptsCount = writes.reduce(0) { $0 + $1.attemptsCount - ($1.outcome == .unknown ? 0 : 1) }
        self.latencies = Percentiles(acknowledged.map(\.latencyMicroseconds))
        self.longestGap = AcknowledgementGap.longest(in: writes, from: start, through: end)
        self.readsCount = reads.count
        self.failedReadsCount = reads.count { $0.outcome == .failed }
        self.staleReadsCount = reads.count { $0.outcome == .stale }
    }

    /// The member `client` of a report.
    package var json: JSONValue {
        [
            "attempts": .integer(self.attemptsCount), "writes": .integer(self.writesCount),
            "acknowledged": .integer(self.acknowledgedCount), "errors": .integer(self.refusedCount),
            "failed_attempts": .integer(self.failedAttemptsCount), "unknown": .integer(self.unknownCount),
            "unknowns_resolved": .integer(self.resolvedCount),
            "p50_ms": .milliseconds(self.latencies[50]), "p99_ms": .milliseconds(self.latencies[99]),
            "max_ms": .milliseconds(self.latencies.max),
            "longest_gap_ms": .milliseconds(self.longestGap?.microseconds ?? 0),
            "reads": .integer(self.readsCount), "failed_reads": .integer(self.failedReadsCount),
            "stale_reads": .integer(self.staleReadsCount),
        ]
    }
}

extension JSONValue {
    /// Microseconds as milliseconds with three decimals at most.
    static func milliseconds(_ microseconds: some FixedWidthInteger) -> JSONValue {
        let value = Int64(microseconds)
        let (whole, rest) = (abs(value) / 1_000, abs(value) % 1_000)
        var text = "\(value < 0 ? "-" : "")\(whole)"
        if rest > 0 {
            let digits = String(rest)
            text += "." + String(repeating: "0", count: 3 - digits.count) + digits
            while text.hasSuffix("0") { text.removeLast() }
        }
        return .number(text)
    }
}
