import Synchronization
import Testing

@testable import TarnBlobStore

struct WorkerPoolTests {
    @Test func `reads that someone waits for go first, and fetches of others take turns with bulk work`() async throws {
        let pool = try WorkerPool(count: 1, compressionLevel: 1)
        let (gate, opened) = AsyncStream.makeStream(of: Void.self)
        let order = Mutex<[String]>([])
        // Holds the only worker until everything else is queued.
        let isOpen = Mutex(false)
        pool.enqueue(.bulk) { _ in while !isOpen.withLock({ $0 }) {} }
        let jobs: [(String, WorkerPool.Priority)] = [
            ("peer 1", .peer), ("peer 2", .peer), ("peer 3", .peer), ("bulk 1", .bulk), ("bulk 2", .bulk),
            ("read", .urgent),
        ]
        for (name, priority) in jobs { pool.enqueue(priority) { _ in order.withLock { $0.append(name) } } }
        // Alone in its queue at the end, whoever's turn it is.
        pool.enqueue(.peer) { _ in opened.finish() }
        isOpen.withLock { $0 = true }
        for await _ in gate {}
        #expect(order.withLock { $0 } == ["read", "peer 1", "bulk 1", "peer 2", "bulk 2", "peer 3"])
    }
}
