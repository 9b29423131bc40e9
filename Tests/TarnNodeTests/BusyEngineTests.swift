import Synchronization
import TarnCore
import TarnCrypto
import TarnPeer
import Testing

@testable import TarnNode

/// An engine that applies something large takes no step meanwhile.
@Suite struct BusyEngineTests {
    /// Longer than anybody waits for a primary that is silent.
    private static let busy = Duration.seconds(4)

    private final class Phase: Sendable {
        let isBusy = Atomic(false)
        let isOver = Atomic(false)
    }

    @Test func `a primary whose engine is busy says that it lives, hands out blobs and goes on leading`() async throws {
        try await LocalNodes.run { cluster in
            try await cluster.write("/workspace/a.txt", "one")
            let view = await cluster.nodes[1].engine.view
            let phase = Phase()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: cluster.nodes[0].engine.tasks) {
                    phase.isBusy.store(true, ordering: .releasing)
                    let end = ContinuousClock.now + Self.busy
                    while ContinuousClock.now < end {}
                    phase.isOver.store(true, ordering: .releasing)
                }
                while !phase.isBusy.load(ordering: .acquiring) { await Task.yield() }
                let held = try await cluster.nodes[1].clients[0]?.want([SHA256.digest(Array("one".utf8))])
                #expect(held == [true] && !phase.isOver.load(ordering: .acquiring))
                try await group.waitForAll()
            }
            #expect(await cluster.nodes[1].engine.view == view)
            try await cluster.write("/workspace/b.txt", "two")
            #expect(await cluster.nodes[0].engine.view == view)
        }
    }
}
