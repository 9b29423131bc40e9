import ServiceLifecycle
import TarnCrypto
import TarnNode

@testable import TarnAPI

extension APITest {
    /// Runs a listener on a free port in a service group of its own while `body` runs, then shuts it down gracefully.
    static func withListener(
        _ node: FakeNode,
        tls: NodeIdentity? = nil,
        _ body: (Int) async throws -> Void
    ) async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let server = try APIServer(
            node: node,
            address: HostPort(host: "127.0.0.1", port: 0),
            tls: tls,
            logger: self.logger,
            onListening: { continuation.yield($0.port) }
        )
        let group = ServiceGroup(configuration: .init(services: [server], logger: self.logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { continuation.finish() }
                try await group.run()
            }
            var iterator = ports.makeAsyncIterator()
            do {
                if let port = await iterator.next() { try await body(port) }
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
