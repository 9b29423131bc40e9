package import TarnCore

/// What a rehearsal says about the recovery of a scenario, in milliseconds.
package struct Prediction: Hashable, Sendable {
    /// Of one phase, or of all together.
    package struct Spread: Hashable, Sendable {
        package let p10: Double
        package let p50: Double
        package let p90: Double
        package let max: Double

        /// Of `microseconds`, one figure a seed.
        package init(_ microseconds: [UInt64]) {
            let sorted = Percentiles(microseconds)
            self.p10 = Double(sorted[10]) / 1_000
            self.p50 = Double(sorted[50]) / 1_000
            self.p90 = Double(sorted[90]) / 1_000
            self.max = Double(sorted.max) / 1_000
        }

        var json: JSONValue {
            [
                "p10_ms": .double(self.p10), "p50_ms": .double(self.p50), "p90_ms": .double(self.p90),
                "max_ms": .double(self.max),
            ]
        }
    }

    package let seedsCount: Int
    /// Seeds in which the cluster did not recover.
    package let failuresCount: Int
    package let total: Spread
    /// When each phase was reached after the fault.
    package let phases: [(name: Waterfall.Name, spread: Spread)]

    package static func == (left: Prediction, right: Prediction) -> Bool { left.json == right.json }
    package func hash(into hasher: inout Hasher) { self.json.hash(into: &hasher) }

    /// The member `predicted` of a report.
    package var json: JSONValue {
        [
            "seeds": .integer(self.seedsCount), "failures": .integer(self.failuresCount), "total": self.total.json,
            "phases": .array(
                self.phases.map { ["name": .string($0.name.rawValue), "at": $0.spread.json] }
            ),
        ]
    }
}

extension JSONValue {
    /// With three decimals at most.
    static func double(_ value: Double) -> JSONValue {
        .milliseconds(Int64((value * 1_000).rounded()))
    }
}
