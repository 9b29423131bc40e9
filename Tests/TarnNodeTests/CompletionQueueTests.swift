import Logging
import Synchronization
import TarnConsensus
import TarnCore
import Testing

@testable import TarnNode

/// Entries that wait for their blobs.
@Suite(.timeLimit(.minutes(1)))
struct CompletionQueueTests {
    private static let silence = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    private static func entries(_ ops: Range<UInt64>) -> [Message.Acknowledgement] {
        ops.map { Message.Acknowledgement(op: Op($0), entry: Digest(words: 0, 0, 0, $0)) }
    }

    /// What was worked at, in order.
    private final class Book: Sendable {
        private let ops = Mutex<[UInt64]>([])

        var all: [UInt64] { self.ops.withLock { $0 } }

        func note(_ entry: Message.Acknowledgement) { self.ops.withLock { $0.append(entry.op.number) } }
    }

    @Test func `thousands of entries that nobody answers for take no more workers than a few`() async throws {
        let jobs = JobRunner()
        let queue = CompletionQueue(jobs: jobs, logger: Self.silence)
        let begun = Book()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await jobs.run() }
            for entry in Self.entries(0..<5_000) {
                queue.append(entry) {
                    begun.note($0)
                    try await Task.sleep(for: .seconds(600))
                }
            }
            while begun.all.count < CompletionQueue.workersMax { await Task.yield() }
            #expect(queue.waitingCount == 5_000 - CompletionQueue.workersMax)
            #expect(Set(begun.all) == Set(0..<UInt64(CompletionQueue.workersMax)), "the first come are the first")
            // The end of the node: nobody's turn comes any more.
            group.cancelAll()
        }
        #expect(begun.all.count == CompletionQueue.workersMax)
    }

    @Test func `every entry has its turn, and workers that ended are followed by others`() async throws {
        let jobs = JobRunner()
        let queue = CompletionQueue(jobs: jobs, logger: Self.silence)
        let done = Book()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await jobs.run() }
            for round in 1...3 as ClosedRange<UInt64> {
                for entry in Self.entries(0..<1_000) { queue.append(entry) { done.note($0) } }
                while done.all.count < Int(round) * 1_000 { await Task.yield() }
            }
            group.cancelAll()
        }
        #expect(queue.waitingCount == 0)
        #expect(done.all.sorted() == (0..<1_000).flatMap { [$0, $0, $0] })
    }

    @Test func `what nobody holds is tried again, and does not keep the others from their turn`() async throws {
        let jobs = JobRunner()
        let queue = CompletionQueue(jobs: jobs, logger: Self.silence)
        let (tried, done) = (Book(), Book())
        let lostCount = UInt64(CompletionQueue.workersMax)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await jobs.run() }
            for entry in Self.entries(0..<lostCount + 10) {
                queue.append(entry) {
                    tried.note($0)
                    guard $0.op >= Op(lostCount) else { throw NodeError(.unavailable, "nobody holds it") }
                    done.note($0)
                }
            }
            while done.all.count < 10 || tried.all.count < 2 * Int(lostCount) { await Task.yield() }
            group.cancelAll()
        }
        #expect(done.all.sorted() == Array(lostCount..<lostCount + 10))
    }
}
