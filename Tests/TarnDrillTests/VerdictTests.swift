import TarnCore
import TarnDrill
import Testing

struct VerdictTests {
    static var sound: Verdict.Figures {
        var figures = Verdict.Figures()
        figures.recoveryMicroseconds = 2_000_000
        figures.calmLatencyMicroseconds = 20_000
        figures.rootsCount = 3
        figures.areRootsEqual = true
        figures.receiptsCheckedCount = 9
        figures.receiptsValidCount = 9
        figures.isHealed = true
        return figures
    }

    @Test func `sound figures pass`() {
        let verdict = Verdict(Self.sound, expectation: .writesReturn, objectives: Objectives(), abortReason: nil)
        #expect(verdict.grade == .passed)
        #expect(verdict.lines.filter { !$0.isMet }.isEmpty)
    }

    @Test(
        "one figure out of its bounds fails the drill and is named",
        arguments: [
            ("RPO", { @Sendable in $0.lostCount = 1 }), ("RTO", { @Sendable in $0.recoveryMicroseconds = 6_001_000 }),
            ("RTO", { @Sendable in $0.recoveryMicroseconds = nil }),
            ("p99", { @Sendable in $0.calmLatencyMicroseconds = 1_000_001 }),
            ("unknown", { @Sendable in $0.unknownCount = 1 }), ("stale", { @Sendable in $0.staleReadsCount = 1 }),
            ("Merkle", { @Sendable in $0.areRootsEqual = false }), ("Merkle", { @Sendable in $0.rootsCount = 2 }),
            ("receipts", { @Sendable in $0.receiptsValidCount = 8 }),
            ("healed", { @Sendable in $0.isHealed = false }),
        ] as [(String, @Sendable (inout Verdict.Figures) -> Void)]
    )
    func fails(word: String, change: @Sendable (inout Verdict.Figures) -> Void) {
        var figures = Self.sound
        change(&figures)
        let verdict = Verdict(figures, expectation: .writesReturn, objectives: Objectives(), abortReason: nil)
        #expect(verdict.grade == .failed)
        let missed = verdict.lines.filter { !$0.isMet }.map(\.objective)
        #expect(!missed.isEmpty && missed.filter { !$0.contains(word) }.isEmpty, "\(missed)")
    }

    @Test func `a write that is acknowledged without a quorum fails a drill in which none may be`() {
        var figures = Self.sound
        figures.forbiddenCount = 1
        let objectives = Objectives()
        #expect(Verdict(figures, expectation: .writesStop, objectives: objectives, abortReason: nil).grade == .failed)
        #expect(Verdict(figures, expectation: .writesReturn, objectives: objectives, abortReason: nil).grade == .passed)
    }

    @Test func `what was ended early is neither passed nor failed`() {
        let verdict = Verdict(Self.sound, expectation: .writesReturn, objectives: Objectives(), abortReason: "Ctrl-C")
        #expect(verdict.grade == .aborted)
        let recovery = verdict.lines.first { $0.objective == "RTO" }
        #expect(recovery?.isMet == false && recovery?.measured == "not measured")
    }
}
