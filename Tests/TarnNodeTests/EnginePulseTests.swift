import TarnConsensus
import TarnCore
import Testing

@testable import TarnNode

@Suite
struct EnginePulseTests {
    private static let second: UInt64 = 1_000_000_000

    private static func members(_ due: [(member: Int, message: Message)]) -> [Int] { due.map(\.member) }

    @Test func `a busy primary sends heartbeats of its view, and says no more than its engine did`() {
        let pulse = EnginePulse(own: 0, memberCount: 3)
        pulse.note(view: View(2), commit: Op(7), primary: 0, isContent: true, at: Self.second)
        #expect(pulse.due(at: Self.second + 100_000_000).isEmpty, "the engine speaks for itself")
        let due = pulse.due(at: Self.second * 2)
        #expect(Self.members(due) == [1, 2])
        #expect(due.allSatisfy { $0.message == .heartbeat(view: View(2), commit: Op(7)) })
        #expect(pulse.due(at: Self.second * 2 + 100_000_000).isEmpty, "one at a time")
        #expect(Self.members(pulse.due(at: Self.second * 3)) == [1, 2])
        pulse.note(view: View(2), commit: Op(8), primary: 0, isContent: true, at: Self.second * 4)
        #expect(pulse.due(at: Self.second * 4).isEmpty)
    }

    @Test func `a busy backup tells its primary that it lives, and acknowledges nothing by it`() {
        let pulse = EnginePulse(own: 2, memberCount: 3)
        pulse.note(view: View(1), commit: Op(7), primary: 1, isContent: true, at: 0)
        let due = pulse.due(at: Self.second)
        #expect(Self.members(due) == [1])
        #expect(due.first?.message == .prepareOk(view: View(1), acknowledgements: []))
    }

    @Test func `an engine that is stuck, or not content with its view, is silent`() {
        let pulse = EnginePulse(own: 0, memberCount: 3)
        pulse.note(view: View(0), commit: Op(7), primary: 0, isContent: true, at: 0)
        #expect(pulse.due(at: EnginePulse.patienceNanoseconds).isEmpty)
        pulse.note(view: View(0), commit: Op(7), primary: 0, isContent: false, at: 0)
        #expect(pulse.due(at: Self.second).isEmpty)
    }

    @Test func `an engine that stopped serving is silent`() {
        let pulse = EnginePulse(own: 0, memberCount: 3)
        pulse.note(view: View(0), commit: Op(7), primary: 0, isContent: true, at: 0)
        pulse.stop()
        #expect(pulse.due(at: Self.second).isEmpty)
    }
}
