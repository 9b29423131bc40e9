package import TarnCore

/// Whether a drill showed what it was meant to show, objective by objective.
package struct Verdict: Hashable, Sendable {
    package enum Grade: String, Sendable {
        case passed
        case failed
        /// The drill was ended before it could show anything.
        case aborted
    }

    package struct Line: Hashable, Sendable {
        package let objective: String
        package let wanted: String
        package let measured: String
        package let isMet: Bool

        package init(_ objective: String, wanted: String, measured: String, isMet: Bool) {
            self.objective = objective
            self.wanted = wanted
            self.measured = measured
            self.isMet = isMet
        }
    }

    /// What a verdict is made of.
    package struct Figures: Hashable, Sendable {
        package var lostCount = 0
        package var staleReadsCount = 0
        package var unknownCount = 0
        /// Nil when no write was acknowledged after the fault.
        package var recoveryMicroseconds: UInt64?
        /// The 99th percentile outside of the recovery.
        package var calmLatencyMicroseconds: UInt64 = 0
        /// Writes that were acknowledged while none should have been.
        package var forbiddenCount = 0
        package var rootsCount = 0
        package var areRootsEqual = false
        package var receiptsCheckedCount = 0
        package var receiptsValidCount = 0
        package var isHealed = false

        package init() {}
    }

    package let grade: Grade
    package let lines: [Line]

    /// Judges `figures`; `abortReason` says why the drill was ended early, if it was.
    package init(
        _ figures: Figures,
        expectation: Scenario.Expectation,
        objectives: Objectives,
        abortReason: String?
    ) {
        var lines = [
            Line(
                "RPO: acknowledged change sets lost",
                wanted: "at most \(objectives.lostMax)",
                measured: "\(figures.lostCount)",
                isMet: figures.lostCount <= objectives.lostMax
            )
        ]
        lines.append(Self.recovery(figures, expectation, objectives, isAborted: abortReason != nil))
        if expectation == .writesStop {
            lines.append(
                Line(
                    "writes acknowledged without a quorum",
                    wanted: "none",
                    measured: "\(figures.forbiddenCount)",
                    isMet: figures.forbiddenCount == 0
                )
            )
        }
        lines += Self.soundness(figures, objectives)
        self.lines = lines
        let isMet = lines.allSatisfy(\.isMet)
        self.grade = abortReason == nil ? (isMet ? .passed : .failed) : .aborted
    }

    private static func recovery(
        _ figures: Figures,
        _ expectation: Scenario.Expectation,
        _ objectives: Objectives,
        isAborted: Bool
    ) -> Line {
        let limit = objectives.recoveryMillisecondsMax
        let name = expectation == .writesReturn ? "RTO" : "RTO: from healing to an acknowledged write"
        // Whatever was seen until then is no recovery from the fault that was to be.
        guard !isAborted else {
            return Line(name, wanted: "at most \(limit) ms", measured: "not measured", isMet: false)
        }
        guard let measured = figures.recoveryMicroseconds else {
            return Line(name, wanted: "at most \(limit) ms", measured: "never", isMet: false)
        }
        return Line(
            name,
            wanted: "at most \(limit) ms",
            measured: "\(measured / 1_000) ms",
            isMet: measured <= limit * 1_000
        )
    }

    private static func soundness(_ figures: Figures, _ objectives: Objectives) -> [Line] {
        [
            Line(
                "p99 of writes outside of the recovery",
                wanted: "at most \(objectives.latencyMillisecondsMax) ms",
                measured: "\(figures.calmLatencyMicroseconds / 1_000) ms",
                isMet: figures.calmLatencyMicroseconds <= objectives.latencyMillisecondsMax * 1_000
            ),
            Line(
                "unknown outcomes",
                wanted: "none",
                measured: "\(figures.unknownCount)",
                isMet: figures.unknownCount == 0
            ),
            Line(
                "stale reads",
                wanted: "none",
                measured: "\(figures.staleReadsCount)",
                isMet: figures.staleReadsCount == 0
            ),
            Line(
                "Merkle roots of all datacentres at one op",
                wanted: "3 equal",
                measured: figures.areRootsEqual ? "\(figures.rootsCount) equal" : "different",
                isMet: figures.areRootsEqual && figures.rootsCount == 3
            ),
            Line(
                "receipts checked again",
                wanted: "all valid",
                measured: "\(figures.receiptsValidCount) of \(figures.receiptsCheckedCount)",
                isMet: figures.receiptsValidCount == figures.receiptsCheckedCount
            ),
            Line(
                "everything healed, three equal copies",
                wanted: "yes",
                measured: figures.isHealed ? "yes" : "no",
                isMet: figures.isHealed
            ),
        ]
    }

    /// The member `objectives` of a report.
    package var json: JSONValue {
        .array(
            self.lines.map { line in
                [
                    "objective": .string(line.objective), "wanted": .string(line.wanted),
                    "measured": .string(line.measured), "met": .boolean(line.isMet),
                ]
            }
        )
    }
}
