import TarnCore
import Testing

@testable import TarnConsensus

/// What two or three votes come to, op by op.
@Suite
struct VoteMergeTests {
    /// What a member has at an op above the commit number.
    enum Cell {
        case complete, header, fault, lostFault, other, otherComplete
    }

    private static let log = TestLog(count: 8)
    private static let fork = TestLog.entry(after: TestLog.genesis, view: View(1), body: [9, 9])

    private static func vote(
        _ cells: [Cell],
        logView: UInt64 = 0,
        commit: UInt64 = 0,
        isTrusted: Bool = true
    ) -> Vote {
        var suffix: [Vote.Item] = []
        var faults: [Message.Acknowledgement] = []
        for (index, cell) in cells.enumerated() {
            let header = self.log[commit + UInt64(index) + 1].header
            switch cell {
            case .complete: suffix.append(Vote.Item(header: header, holding: .complete))
            case .header: suffix.append(Vote.Item(header: header, holding: .headerOnly))
            case .fault: suffix.append(Vote.Item(header: header, holding: .fault))
            case .lostFault: faults.append(self.log.acknowledgement(header.op.number))
            case .other: suffix.append(Vote.Item(header: self.fork.header, holding: .headerOnly))
            case .otherComplete: suffix.append(Vote.Item(header: self.fork.header, holding: .complete))
            }
        }
        let base = commit == 0 ? TestLog.genesis : self.log[commit].header
        return Vote(
            logView: View(logView),
            commit: Message.Acknowledgement(op: base.op, entry: TestLog.hash(base)),
            suffix: suffix,
            faults: faults,
            isTrusted: isTrusted,
            session: 0
        )
    }

    /// The head of the log that the votes decide; nil when they do not.
    private static func head(_ votes: [Vote?], own: Int = 1) -> UInt64? {
        let outcome = VoteMerge.outcome(view: View(5), votes: votes, own: own, denials: 2) { TestLog.hash($0) }
        guard case .decided(let log) = outcome else { return nil }
        for header in log.suffix where header != self.log[header.op.number].header { return nil }
        return log.head.number
    }

    @Test(
        arguments: [
            // A complete copy keeps an entry, wherever it is.
            ([.complete, .complete], [.complete], 2),
            ([.header], [.complete], 1),
            ([], [.complete, .complete], 2),
            // Two members that lack it drop it, and everything behind it.
            ([.header], [], 0),
            ([.header], [.header], 0),
            ([.complete, .header, .header], [.complete], 1),
            // What was acknowledged and cannot be read is neither copy nor denial.
            ([.fault], [.complete], 1),
            ([.fault], [.header], nil),
            ([.fault], [], nil),
            ([.lostFault], [.complete], 1),
            ([.lostFault], [], nil),
        ] as [([Cell], [Cell], UInt64?)]
    )
    func `two votes keep what one holds and drop what both lack`(one: [Cell], two: [Cell], head: UInt64?) {
        #expect(Self.head([nil, Self.vote(one), Self.vote(two)]) == head)
        #expect(Self.head([nil, Self.vote(two), Self.vote(one)]) == head)
    }

    @Test
    func `a third vote decides what two cannot`() {
        #expect(Self.head([nil, Self.vote([.fault]), Self.vote([])]) == nil)
        #expect(Self.head([Self.vote([]), Self.vote([.fault]), Self.vote([])]) == 0)
        #expect(Self.head([Self.vote([.complete]), Self.vote([.fault]), Self.vote([])]) == 1)
    }

    @Test
    func `the newest log view's log counts, and another's copies of it`() {
        let older = Self.vote([.complete, .complete, .complete], logView: 1)
        #expect(Self.head([nil, Self.vote([.header], logView: 2), older]) == 1)
        #expect(Self.head([nil, Self.vote([], logView: 2), older]) == 0)
        // Another entry at the op is a denial of this one.
        #expect(Self.head([nil, Self.vote([.header], logView: 2), Self.vote([.otherComplete], logView: 1)]) == 0)
        #expect(Self.head([nil, Self.vote([.complete], logView: 2), Self.vote([.otherComplete], logView: 1)]) == 1)
    }

    @Test
    func `nothing at or below the highest commit number is voted on`() {
        let ahead = Self.vote([.complete], commit: 4)
        #expect(Self.head([nil, Self.vote([.header]), ahead]) == 5)
        #expect(Self.head([nil, ahead, Self.vote([], commit: 2)]) == 5)
    }

    @Test
    func `a member that may have forgotten something counts only beside both others`() {
        let doubtful = Self.vote([], isTrusted: false)
        #expect(Self.head([nil, Self.vote([.header]), doubtful]) == nil)
        #expect(Self.head([Self.vote([]), Self.vote([.header]), doubtful]) == 0)
        #expect(Self.head([nil, doubtful, Self.vote([.complete])]) == nil)
        #expect(
            Self.head([Self.vote([.complete]), nil, Self.vote([.complete])]) == nil,
            "without the new primary's own"
        )
    }

    @Test
    func `a member that forgot the end of the newest log does not end it`() {
        let forgetful = Self.vote([.complete, .complete], logView: 3, isTrusted: false)
        let older = Self.vote([.complete, .complete, .complete], logView: 1)
        #expect(Self.head([forgetful, older, Self.vote([.complete])]) == 3)
        #expect(
            Self.head([forgetful, Self.vote([.complete, .complete, .complete, .fault], logView: 1), older]) == nil
        )
        #expect(Self.head([forgetful, older, Self.vote([.complete], logView: 3)]) == 2, "somebody knows where it ends")
        // What it remembers of the newest log leads elsewhere than the older one.
        let elsewhere = Self.vote([.otherComplete], logView: 3, isTrusted: false)
        let outcome = VoteMerge.outcome(view: View(5), votes: [elsewhere, older, older], own: 1, denials: 2) {
            TestLog.hash($0)
        }
        guard case .decided(let log) = outcome else {
            Issue.record("not decided: \(outcome)")
            return
        }
        #expect(log.suffix == [Self.fork.header])
    }

    @Test
    func `whoever may have forgotten something denies nothing`() {
        let faulty = Self.vote([.fault])
        #expect(Self.head([Self.vote([], isTrusted: false), faulty, Self.vote([])]) == nil)
        #expect(Self.head([Self.vote([.header], isTrusted: false), faulty, Self.vote([.header])]) == nil)
        #expect(Self.head([Self.vote([], isTrusted: false), Self.vote([.header]), Self.vote([])]) == 0)
    }

    @Test
    func `two histories of one view are a fork`() {
        let outcome = VoteMerge.outcome(
            view: View(5),
            votes: [nil, Self.vote([.complete]), Self.vote([.otherComplete])],
            own: 1,
            denials: 2
        ) { TestLog.hash($0) }
        guard case .forked(.differentEntry(let op, _, _, _)) = outcome else {
            Issue.record("not a fork: \(outcome)")
            return
        }
        #expect(op == Op(1))
    }
}
