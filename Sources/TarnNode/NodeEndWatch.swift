internal import ServiceLifecycle

/// Ends a service group when its node is to end: the API first, then the node, as at any other stop.
package struct NodeEndWatch: Service {
    private let node: Node

    package init(_ node: Node) {
        self.node = node
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.node.waitForEnd() }
    }
}
