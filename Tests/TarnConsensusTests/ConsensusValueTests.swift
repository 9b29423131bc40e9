import TarnCore
import Testing

@testable import TarnConsensus

@Suite
struct ConsensusValueTests {
    @Test
    func `times increase strictly whatever the clock does`() {
        var source = TimestampSource(lastMicroseconds: 100)
        #expect(
            [50, 100, 105, 105, 1, 200].map { source.next(clockMicroseconds: $0) } == [101, 102, 105, 106, 107, 200]
        )
        source.observe(500)
        source.observe(400)
        #expect(source.next(clockMicroseconds: 450) == 501)
    }

    @Test(arguments: [
        (1, Genesis.Policy.any2, [[0]]),
        (1, .bothPrimaries, [[0]]),
        (3, .any2, [[0, 1], [0, 2], [1, 2], [0, 1, 2]]),
        (3, .bothPrimaries, [[0, 1], [0, 1, 2]]),
    ])
    func `a quorum is what its policy says`(memberCount: Int, policy: Genesis.Policy, quorums: [[Int]]) {
        let quorum = Quorum(memberCount: memberCount, policy: policy)
        for bits in 0..<(1 << memberCount) {
            let members = (0..<memberCount).filter { bits >> $0 & 1 == 1 }
            #expect(quorum.isSatisfied(by: MemberSet(members)) == quorums.contains(members), "\(members)")
        }
    }

    @Test
    func `a waiting time doubles up to its limit`() {
        var backoff = Backoff(initial: 3, max: 20)
        var ticks: [UInt64] = []
        for _ in 0..<5 {
            ticks.append(backoff.ticks)
            backoff.lengthen()
        }
        #expect(ticks == [3, 6, 12, 20, 20])
        backoff.reset()
        #expect(backoff.ticks == 3)
    }

    @Test
    func `an entry proves that what is a pipeline below it has committed`() {
        #expect(Replica.commitFloor(head: .genesis) == .genesis)
        #expect(Replica.commitFloor(head: Op(64)) == .genesis)
        #expect(Replica.commitFloor(head: Op(1_000)) == Op(936))
    }

    @Test
    func `the window forgets bodies when they commit and hashes some time after`() {
        let log = TestLog(count: 2_000, bodyBytesCount: 10)
        var window = LogWindow(committed: TestLog.genesis, hash: TestLog.hash(TestLog.genesis))
        for (index, entry) in log.entries.enumerated() {
            let hash = TestLog.hash(entry.header)
            let op = entry.header.op
            window.append(entry, hash: hash)
            #expect(window.markHeld(op, hash: hash, by: 1) == .new)
            #expect(window.markHeld(op, hash: hash, by: 1) == .repeated)
            #expect(window.markHeld(op, hash: .zero, by: 2) == .different)
            #expect(window.markHeld(op.next, hash: hash, by: 1) == .unknown)
            guard index >= 9 else { continue }
            let passed = log[UInt64(index - 8)]
            #expect(window.markStored(through: passed.header.op, hash: TestLog.hash(passed.header)) == .new)
            window.commit(through: passed.header.op)
            #expect(window.uncommittedBytesCount == 90)
            #expect(window.unstoredBytesCount == 90)
            #expect(window[passed.header.op]?.entry == nil)
            #expect(window.retainedCount <= Limits.committedRetainedCount + 10)
        }
        #expect(window[Op(100)] == nil)
        #expect(window[Op(1_735)] != nil)
        #expect(window.markHeld(Op(100), hash: .zero, by: 0) == .forgotten)
    }
}
