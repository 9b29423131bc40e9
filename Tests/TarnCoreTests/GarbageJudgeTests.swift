import TarnCore
import Testing

@Suite
struct GarbageJudgeTests {
    private static func judge(now: UInt32 = 1_000, markedSince: UInt32 = 990, grace: UInt32 = 50) -> GarbageJudge {
        GarbageJudge(now: now, markedSince: markedSince, staged: 100, grace: grace)
    }

    @Test func `what is kept stays, and is pardoned`() {
        #expect(Self.judge().verdict(isKept: true, isCondemned: false, stamp: 0) == (.leave, false))
        #expect(Self.judge().verdict(isKept: true, isCondemned: true, stamp: 1) == (.pardon, false))
    }

    @Test func `what was used lately stays, what was not is condemned`() {
        #expect(Self.judge().verdict(isKept: false, isCondemned: false, stamp: 901) == (.leave, false))
        #expect(Self.judge().verdict(isKept: false, isCondemned: false, stamp: 900) == (.condemn, false))
        #expect(Self.judge(grace: 0).verdict(isKept: false, isCondemned: false, stamp: 900) == (.condemn, true))
    }

    @Test func `what is condemned may be removed when its grace is over`() {
        #expect(Self.judge().verdict(isKept: false, isCondemned: true, stamp: 951) == (.condemn, false))
        #expect(Self.judge().verdict(isKept: false, isCondemned: true, stamp: 950) == (.condemn, true))
        #expect(Self.judge().mayRemove(isCondemned: true, stamp: 950))
        #expect(!Self.judge().mayRemove(isCondemned: false, stamp: 950))
    }

    @Test func `what was used since the marking began stays, however long that is ago`() {
        let judge = Self.judge(markedSince: 300, grace: 0)
        #expect(judge.verdict(isKept: false, isCondemned: false, stamp: 300) == (.leave, false))
        #expect(judge.verdict(isKept: false, isCondemned: false, stamp: 299) == (.condemn, true))
    }
}
