internal import TarnCore

/// Judges what a drill found out and puts it into a report.
struct DrillReportBuilder {
    let facts: DrillFacts
    let findings: ClusterAudit.Findings
    /// Why the findings are not complete, or nil.
    let problem: String?

    private var scenario: Scenario { self.facts.settings.scenario }
    private var injectedAt: UInt64 { self.facts.trace.injectedAt ?? self.facts.startedAt }

    func report() -> DrillReport {
        let facts = self.facts
        let figures = self.figures()
        let verdict = self.verdict(figures)
        let client = ClientView(writes: facts.writes, reads: facts.reads, from: facts.startedAt, through: facts.endedAt)
        var json: JSONValue = [
            "format": .integer(DrillReport.formatVersion), "id": .string(facts.id),
            "scenario": .string(self.scenario.id), "title": .string(self.scenario.title),
            "hypothesis": .string(self.scenario.hypothesis), "expectation": .string("\(self.scenario.expectation)"),
            "verdict": .string(verdict.grade.rawValue), "objectives": verdict.json,
            "wanted": facts.settings.objectives.json, "rpo": self.recoveryPoint(),
            "rto": self.recoveryTime(figures, isAborted: verdict.grade == .aborted),
            "predicted": facts.prediction?.json ?? .null, "client": client.json, "roots": self.roots(),
            "receipts": self.receipts(), "topology": self.topology(), "preflight": self.preflight(),
            "steps": self.steps(), "notes": .array(self.notes().map { .string($0) }),
            "loss_statement": facts.trace.lossStatement ?? .null,
        ]
        let times: [(String, UInt64?)] = [
            ("started_at", facts.startedAt), ("injected_at", self.injectedAt),
            ("injected_through", facts.trace.injectedThrough), ("healed_at", facts.trace.healedAt),
            ("settled_at", facts.settledAt), ("ended_at", facts.endedAt),
        ]
        for (name, time) in times { json[name] = time.map { .integer($0) } ?? .null }
        json["abort_reason"] = facts.abortReason.map { .string($0) } ?? .null
        json["timeline"] = self.timeline()
        return DrillReport(json: json)
    }

    private func figures() -> DrillFigures {
        DrillFigures(
            writes: self.facts.writes,
            expectation: self.scenario.expectation,
            injectedAt: self.injectedAt,
            injectedThrough: self.facts.trace.injectedThrough ?? self.injectedAt,
            healedAt: self.facts.trace.healedAt,
            settledAt: self.facts.settledAt
        )
    }

    private func verdict(_ figures: DrillFigures) -> Verdict {
        var measured = Verdict.Figures()
        measured.lostCount = self.findings.lost.count
        measured.staleReadsCount = self.facts.reads.count { $0.outcome == .stale }
        measured.unknownCount = self.facts.writes.count { $0.outcome == .unknown }
        measured.recoveryMicroseconds = figures.recoveryMicroseconds
        measured.calmLatencyMicroseconds = figures.calmLatencyMicroseconds
        measured.forbiddenCount = figures.duringFaultCount
        measured.rootsCount = self.findings.roots.count
        measured.areRootsEqual = self.findings.areRootsEqual
        measured.receiptsCheckedCount = self.findings.receiptsCheckedCount
        measured.receiptsValidCount = self.findings.receiptsValidCount
        measured.isHealed = self.facts.trace.isHealed
        return Verdict(
            measured,
            expectation: self.scenario.expectation,
            objectives: self.facts.settings.objectives,
            abortReason: self.facts.abortReason ?? self.problem
        )
    }

    private func recoveryPoint() -> JSONValue {
        let acknowledged = self.facts.writes.count { $0.acknowledgedOp != nil }
        let bytes = UInt64(ProbeContent.bytesCount)
        return [
            "acknowledged": .integer(acknowledged), "acknowledged_bytes": .integer(UInt64(acknowledged) * bytes),
            "lost": .integer(self.findings.lost.count),
            "lost_bytes": .integer(UInt64(self.findings.lost.count) * bytes),
            "lost_writes": .array(self.findings.lost.map { .integer($0.number) }),
            "unacknowledged_in_flight": .integer(self.facts.writes.count { self.wasInFlight($0) }),
            "orphans": .array(
                self.findings.orphans.map { orphan in
                    [
                        "hash": .string(orphan.hash), "dc": .string(orphan.datacenter.name),
                        "request": .string(orphan.request),
                    ]
                }
            ),
        ]
    }

    /// Whether a write was under way, without an answer, when the fault was in place.
    private func wasInFlight(_ write: WriteSample) -> Bool {
        let moment = self.facts.trace.injectedThrough ?? self.injectedAt
        return write.startedAt <= moment && write.endedAt > moment
    }

    private func recoveryTime(_ figures: DrillFigures, isAborted: Bool) -> JSONValue {
        var moments = self.facts.trace.moments
        let views = FailoverMoments.moments(self.facts.cards.map(\.viewChanges), since: self.injectedAt)
        // A view that began with the healing is not that of the recovery.
        let horizon = self.facts.trace.healedAt ?? self.facts.settledAt
        for (name, time) in views where time <= horizon { moments[name] = time }
        if let gap = figures.gap {
            let isOutage = gap.start >= self.injectedAt || gap.end > self.injectedAt
            if isOutage { moments[.lastGoodCommit] = gap.start }
            moments[.firstClientSuccess] = gap.end
        }
        let waterfall = Waterfall(injectedAt: self.injectedAt, moments: moments)
        let measured = isAborted ? nil : figures.recoveryMicroseconds
        let total = measured.map { JSONValue.milliseconds($0) } ?? .null
        return ["total_ms": total, "phases": waterfall.json]
    }

    private func roots() -> JSONValue {
        .array(
            self.findings.roots.map { root in
                [
                    "dc": .string(root.datacenter.name), "op": .integer(self.findings.op.number),
                    "root": .string(root.root),
                ]
            }
        )
    }

    private func receipts() -> JSONValue {
        [
            "checked": .integer(self.findings.receiptsCheckedCount),
            "valid": .integer(self.findings.receiptsValidCount),
            "signed_by_all": .integer(self.findings.receiptsWholeCount),
            "problems": .array(self.findings.receiptProblems.map { .string($0) }),
        ]
    }

    /// Who sat where, with the round trips that the primary measured before the fault.
    private func topology() -> JSONValue {
        let roster = self.facts.roster
        let rows = self.facts.evidence.observations.first { $0.datacenter == roster.primary }?.rows ?? []
        return .array(
            Seat.allCases.map { seat in
                let name = roster[seat]
                let milliseconds = rows.first { $0.datacenter == name }?.roundTripMilliseconds
                let card = self.facts.evidence.cards.first { $0.datacenter == name }
                return [
                    "dc": .string(name.name), "seat": .string(seat.rawValue),
                    "version": .string(card?.version ?? ""),
                    "rtt_ms": milliseconds.map { .double($0) } ?? .null,
                    "clock_offset_ms": .milliseconds(card?.clockOffsetMicroseconds ?? 0),
                ]
            }
        )
    }

    private func preflight() -> JSONValue {
        .array(self.facts.preflight.findings.map(\.json))
    }

    private func steps() -> JSONValue {
        .array(
            self.facts.trace.steps.map { step in
                [
                    "step": .string(step.text),
                    "at_ms": .milliseconds(Int64(step.startedAt) - Int64(self.injectedAt)),
                    "ms": .milliseconds(step.endedAt - step.startedAt),
                ]
            }
        )
    }

    private func notes() -> [String] {
        let stale = self.facts.reads.filter { $0.outcome == .stale }.prefix(5).map {
            "stale read at \($0.datacenter): \($0.detail)"
        }
        return self.facts.trace.notes + stale + [self.problem].compactMap { $0 }
    }

    private func timeline() -> JSONValue {
        let writes = self.facts.writes.sorted { $0.number < $1.number }
        return [
            "columns": ["number", "start_us", "latency_us", "attempts", "doubts", "op"],
            "writes": .array(writes.map { $0.json(origin: self.injectedAt) }),
        ]
    }
}
