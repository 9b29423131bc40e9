internal import TarnCore

/// The figures that a verdict is made of, computed from a drill's writes alone: by the drill, and again by whoever
/// verifies its report.
package struct DrillFigures: Hashable, Sendable {
    /// From the fault, or its healing, to the first acknowledgement after the longest gap; nil when there was none.
    package let recoveryMicroseconds: UInt64?
    package let gap: AcknowledgementGap?
    /// The 99th percentile of writes that ended before the fault or began after everything was settled.
    package let calmLatencyMicroseconds: UInt64
    /// Writes acknowledged between the fault and its healing.
    package let duringFaultCount: Int

    /// Times are in microseconds since 1970. `injectedThrough` is when the last fault was in place, `healedAt` when the
    /// first one was begun to be healed, `settledAt` when all copies were equal again and the first primary led.
    package init(
        writes: [WriteSample],
        expectation: Scenario.Expectation,
        injectedAt: UInt64,
        injectedThrough: UInt64,
        healedAt: UInt64?,
        settledAt: UInt64
    ) {
        let end = writes.map(\.endedAt).max() ?? injectedAt
        let start = expectation == .writesReturn ? injectedAt : healedAt ?? injectedAt
        // What is gained by a failback is no recovery: the gap is looked for while the fault lasts.
        let horizon = expectation == .writesReturn ? healedAt ?? settledAt : settledAt
        let acknowledged = writes.filter { $0.acknowledgedOp != nil }
        let longest = AcknowledgementGap.longest(in: writes, from: start, through: max(start, min(horizon, end)))
        self.gap = longest
        if let longest {
            self.recoveryMicroseconds = longest.end - min(longest.end, max(start, longest.start))
        } else {
            self.recoveryMicroseconds = nil
        }
        let calm = acknowledged.filter { $0.endedAt < injectedAt || $0.startedAt > settledAt }
        self.calmLatencyMicroseconds = Percentiles(calm.map(\.latencyMicroseconds))[99]
        self.duringFaultCount = acknowledged.count { write in
            write.startedAt > injectedThrough && write.endedAt < healedAt ?? end
        }
    }
}
