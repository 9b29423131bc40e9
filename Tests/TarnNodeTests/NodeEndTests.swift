import Dispatch
import Synchronization
import TarnCatalog
import TarnCore
import Testing

@testable import TarnNode

/// What a node owes to those who wait when it ends, and to its next start.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct NodeEndTests {
    /// Keeps engines from taking any step. They let others say that they live meanwhile.
    private final class Barrier: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        let heldCount = Atomic(0)

        /// To be called where an engine runs.
        func hold() {
            self.heldCount.add(1, ordering: .acquiringAndReleasing)
            self.semaphore.wait()
        }

        func open() {
            for _ in 0..<self.heldCount.load(ordering: .acquiring) { self.semaphore.signal() }
        }
    }

    @Test func `a change that nobody else takes is answered as unknown, and the node still ends`() async throws {
        try await LocalNodes.run { cluster in
            let op = try await cluster.write("/workspace/a", "one")
            let primary = cluster.nodes[0]
            try await cluster.eventually("all have the op") { cluster.nodes.allSatisfy { $0.head.op >= op } }
            let barrier = Barrier()
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { barrier.open() }
                for backup in cluster.nodes.dropFirst() {
                    group.addTask(executorPreference: backup.engine.tasks) { barrier.hold() }
                }
                while barrier.heldCount.load(ordering: .acquiring) < 2 { await Task.yield() }
                let change = Reconfiguration(.electObserver, try primary.membership.electingObserver(true))
                let start = ContinuousClock.now
                let error = await #expect(throws: NodeError.self) { try await primary.reconfigure(change) }
                #expect(error?.code == .unknownOutcome, "\(String(describing: error))")
                #expect(ContinuousClock.now - start < .seconds(15))

                group.addTask { #expect(await primary.engine.wait(for: Op(1_000_000), milliseconds: 600_000) == false) }
                let end = ContinuousClock.now
                primary.end(.stopped)
                try await cluster.eventually("it ends") { primary.hasEnded }
                #expect(ContinuousClock.now - end < .seconds(10))
                #expect(await primary.engine.wait(for: Op(1_000_000), milliseconds: 600_000) == false)
                #expect(await primary.engine.reconfigure(change) == .refused("this node stops"))
                #expect(await primary.engine.linearizableOp() == nil)
            }
        }
    }

    @Test func `what a node's own work waits for at the engine does not keep it from its end`() async throws {
        try await LocalNodes.run { cluster in
            let op = try await cluster.write("/workspace/a", "one")
            let node = cluster.nodes[2]
            try await cluster.eventually("it has the op") { node.head.op >= op }
            node.jobs.submit { _ = await node.engine.wait(for: Op(1_000_000), milliseconds: 600_000) }
            node.end(.stopped)
            try await cluster.eventually("it ends") { node.hasEnded }
        }
    }

    @Test func `the catalog of a node that ended is not rebuilt at the next start`() async throws {
        let log = RecordedLog()
        try await LocalNodes.run(logger: log.logger) { cluster in
            let node = cluster.nodes[0]
            try await cluster.write("/workspace/first", "zero")
            try await cluster.eventually("the catalog follows") { node.catalog.appliedOp == node.head.op }
            // More than one batch: the catalog rests between two.
            for number in 0..<3 { try await cluster.write("/workspace/\(number)", "\(number)") }
            let last = try await cluster.write("/workspace/last", "last")
            node.end(.restart)
            try await cluster.eventually("it ends") { node.hasEnded }
            #expect(log.count(of: "the catalog could not apply ops; rebuilding it") == 0)
            let again = RecordedLog()
            try await cluster.restarted(0, logger: again.logger) { node in
                #expect(try #require(node.catalog.appliedOp) >= last)
                // The first op of the next view: the catalog goes on from where it was.
                try await cluster.eventually("a later op comes") { node.head.op > last }
                try await cluster.eventually("the catalog follows") { node.catalog.appliedOp == node.head.op }
                #expect(again.count(of: "rebuilding the catalog") == 0)
            }
        }
    }
}
