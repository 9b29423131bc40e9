import TarnConsensus
import TarnCore
import Testing

@testable import TarnNode

@Suite(.timeLimit(.minutes(2)))
struct WaitingRoomTests {
    /// An actor as the engine is one: the room is touched by nobody else.
    private actor Door {
        private var room = WaitingRoom()
        private(set) var waitingCount = 0

        /// Waits as guest `number` and returns the op that it is told.
        func wait(_ number: UInt64, until deadline: UInt64) async -> UInt64? {
            guard let request = try? RequestID(client: "tests", number: number) else { return nil }
            let proposal = ReplicaEngine.Proposal(
                changes: [],
                author: "",
                source: "",
                request: request,
                closure: Closure(count: 0, bytesCount: 0)
            )
            let submission = await withCheckedContinuation { continuation in
                self.waitingCount += 1
                let guest = WaitingRoom.Guest(
                    proposal: proposal,
                    deadline: Tick(deadline),
                    answer: { continuation.resume(returning: $0) }
                )
                if !self.room.add(guest) { continuation.resume(returning: .forgotten) }
            }
            if case .repeated(let op) = submission { return op.number }
            return nil
        }

        /// Tells `count` guests their ops, from the front; returns the numbers of their requests.
        func admit(_ count: Int) -> [UInt64] {
            (0..<count).compactMap { _ in
                guard let first = self.room.first else { return nil }
                self.room.removeFirst()
                first.answer(.repeated(Op(first.proposal.request.number * 10)))
                return first.proposal.request.number
            }
        }

        func expire(at now: UInt64) -> Int {
            let expired = self.room.takeExpired(now: Tick(now))
            for answer in expired { answer(.forgotten) }
            return expired.count
        }

        func close() -> Int {
            let all = self.room.takeAll()
            for answer in all { answer(.forgotten) }
            return all.count
        }
    }

    @Test func `guests are let in in the order they came, until their time is over or the room closes`() async {
        let door = Door()
        let answers = await withTaskGroup(of: (UInt64, UInt64?).self) { group in
            for number in 1...6 as ClosedRange<UInt64> {
                group.addTask { (number, await door.wait(number, until: 100 * number)) }
                while await door.waitingCount < number { await Task.yield() }
            }
            #expect(await door.admit(2) == [1, 2])
            #expect(await door.expire(at: 300) == 0, "its last tick is still its own")
            #expect(await door.expire(at: 401) == 2)
            #expect(await door.admit(1) == [5])
            #expect(await door.close() == 1)
            #expect(await door.admit(1).isEmpty)
            return await group.reduce(into: [UInt64: UInt64?]()) { $0[$1.0] = $1.1 }
        }
        #expect(answers == [1: 10, 2: 20, 3: nil, 4: nil, 5: 50, 6: nil])
    }

    @Test func `more writers than the pipeline takes are all served`() async throws {
        try await LocalNodes.run { cluster in
            let ops = try await withThrowingTaskGroup(of: Op.self) { group in
                for number in 0..<4 * Limits.pipelineSetsMax {
                    group.addTask { try await cluster.write("/workspace/w\(number)", "\(number)") }
                }
                return try await group.reduce(into: Set<Op>()) { $0.insert($1) }
            }
            #expect(ops.count == 4 * Limits.pipelineSetsMax)
        }
    }
}
