import TarnConsensus
import TarnCore
import Testing

@testable import TarnNode

/// Which transfer of log entries follows which.
@Suite struct RepairTurnsTests {
    @Test func `the next page is carried when the one before it is over`() {
        var turns = RepairTurns()
        let pages = [10, 20].map { EngineSinks.Repair.fetch(from: 1, after: Op($0)) }
        let isCarried = [turns.begin(pages[0]), turns.begin(pages[1])]
        #expect(isCarried == [true, false])
        let second = turns.next(after: pages[0])
        #expect(second.map(Self.after) == Op(20))
        let isCarriedTwice = turns.begin(pages[1])
        #expect(!isCarriedTwice)
        let third = turns.next(after: pages[1])
        #expect(third.map(Self.after) == nil)
        let isOver = turns.begin(pages[1])
        #expect(isOver, "nothing is under way any more")
    }

    @Test func `what is asked for again while it comes is carried once`() {
        var turns = RepairTurns()
        let first = EngineSinks.Repair.fetch(from: 1, after: Op(10))
        let isCarried = [first, first, .fetch(from: 1, after: Op(5))].map { turns.begin($0) }
        #expect(isCarried == [true, false, false])
        let next = turns.next(after: first)
        #expect(next.map(Self.after) == nil)
    }

    @Test func `members and directions do not wait for each other`() {
        var turns = RepairTurns()
        let first: [EngineSinks.Repair] = [
            .fetch(from: 1, after: Op(10)), .fetch(from: 2, after: Op(10)), Self.sending(after: Op(10)),
        ]
        let isCarried = (first + [Self.sending(after: Op(12))]).map { turns.begin($0) }
        #expect(isCarried == [true, true, true, false])
        let next = first.map { turns.next(after: $0).map(Self.after) }
        #expect(next == [nil, nil, Op(12)])
    }

    private static func sending(after op: Op) -> EngineSinks.Repair {
        .send(to: 1, view: View(0), logView: View(0), after: op, through: Op(30), commit: Op(30))
    }

    private static func after(_ request: EngineSinks.Repair) -> Op {
        switch request {
        case .fetch(_, let after), .send(_, _, _, let after, _, _): after
        }
    }
}
