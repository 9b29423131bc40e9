import TarnConsensus
import TarnCore
import Testing

@testable import TarnNode

struct CommitWaitersTests {
    /// An actor as the engine is one: the waiters are touched by nobody else.
    private actor Line {
        private var waiters = CommitWaiters()
        private(set) var waitingCount = 0

        func wait(for op: UInt64) async -> Bool {
            await withCheckedContinuation { continuation in
                self.waitingCount += 1
                if !self.waiters.add(Op(op), deadline: Tick(1_000), { continuation.resume(returning: $0) }) {
                    continuation.resume(returning: false)
                }
            }
        }

        /// How many are let go by a commit of `op`.
        func commit(_ op: UInt64) -> Int {
            let taken = self.waiters.take(through: Op(op))
            for answer in taken { answer(true) }
            return taken.count
        }

        func stop() {
            for answer in self.waiters.takeAll() { answer(false) }
        }
    }

    @Test func `each commit lets go exactly those who waited for it or an earlier op`() async {
        let line = Line()
        let answers = await withTaskGroup(of: Bool.self) { group in
            let ops: [UInt64] = [5, 3, 9, 3, 1_000_000, 3_000_000]
            for op in ops { group.addTask { await line.wait(for: op) } }
            while await line.waitingCount < ops.count { await Task.yield() }
            var counts: [Int] = []
            let commits: [UInt64] = [2, 3, 8, 9, 9, 2_000_000]
            for op in commits { counts.append(await line.commit(op)) }
            #expect(counts == [0, 2, 1, 1, 0, 1])
            await line.stop()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.filter { $0 }.count == 5)
    }

    @Test func `after a view change somebody may wait for an op that was passed before`() async {
        let line = Line()
        #expect(await line.commit(10) == 0)
        async let answer = line.wait(for: 7)
        while await line.waitingCount == 0 { await Task.yield() }
        #expect(await line.commit(7) == 1)
        #expect(await answer)
    }
}
