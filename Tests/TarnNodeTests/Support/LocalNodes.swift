import Foundation
import Logging
import ServiceLifecycle
import TarnConsensus
import TarnCore
import TarnCrypto

@testable import TarnNode

/// Whole nodes in this process, three of them unless told otherwise, with real stores and real connections between them.
struct LocalNodes {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let silence = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    let nodes: [Node]
    private let configurations: [NodeConfiguration]

    /// Runs `body` with a cluster that has begun; ends the nodes and removes their folders afterwards.
    static func run(
        count: Int = 3,
        logger: Logger = Self.silence,
        _ body: @Sendable (LocalNodes) async throws -> Void
    ) async throws {
        let directory = NSTemporaryDirectory() + "tarn-nodes-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // An address of 127.0.0.0/8 of its own, so that fixed ports do not meet those of other tests.
        let host = "127.\(UInt8.random(in: 2...250)).\(UInt8.random(in: 1...250)).\(UInt8.random(in: 1...250))"
        let places = try (1...count).map {
            try ClusterLayout.Datacenter(argument: "dc\($0)=\(host):\(7100 + $0),\(host):\(8100 + $0)")
        }
        let layout = try ClusterLayout.create(
            directory: directory,
            datacenters: places,
            createdAtMicroseconds: WallClock.microseconds()
        )
        let configurations = try layout.nodeConfigurations.map { try NodeConfiguration(path: $0) }
        var nodes: [Node] = []
        for configuration in configurations { nodes.append(try await Self.start(configuration, logger: logger)) }
        let cluster = LocalNodes(nodes: nodes, configurations: configurations)
        let primary = nodes[0]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes { group.addTask { await Self.live(node) } }
            try await cluster.eventually("the cluster begins") { await primary.engine.canSubmit == .ready }
            try await body(cluster)
            group.cancelAll()
        }
    }

    private static func start(_ configuration: NodeConfiguration, logger: Logger) async throws -> Node {
        try await Node.start(configuration: configuration, logger: logger)
    }

    /// Runs a node until it is cancelled or ends by itself, as the executable's service group does.
    private static func live(_ node: Node) async {
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: node, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: NodeEndWatch(node), successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                logger: Self.silence
            )
        )
        try? await group.run()
    }

    /// Opens the folder of a node that ended. Throws what keeps it from starting.
    func start(_ index: Int) async throws -> Node {
        try await Self.start(self.configurations[index], logger: Self.silence)
    }

    /// A node that ended, again, while `body` runs.
    func restarted(
        _ index: Int,
        logger: Logger = Self.silence,
        _ body: @Sendable (Node) async throws -> Void
    ) async throws {
        let node = try await Self.start(self.configurations[index], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await Self.live(node) }
            try await body(node)
            group.cancelAll()
        }
    }

    /// Writes a file by way of the primary, and returns the op.
    @discardableResult
    func write(_ path: String, _ text: String) async throws -> Op {
        let bytes = Array(text.utf8)
        let address = try await self.nodes[0].stage(content: bytes)
        let entry = try Entry.file(content: address, size: UInt64(bytes.count))
        let receipt = try await self.nodes[0].commit(
            [Change(path: try NamespacePath(path), action: .put(entry))],
            author: "tests",
            request: try RequestID(client: "tests", number: WallClock.monotonicNanoseconds())
        )
        return receipt.op
    }

    /// Waits for what is to come true, at most 20 s.
    func eventually(_ what: String, _ condition: @Sendable () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Failure(description: "not in time: \(what)")
    }
}
