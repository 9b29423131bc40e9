import Foundation
import Logging
import TarnBlobStore
import TarnCatalog
import TarnConsensus
import TarnCore
import TarnCrypto
import TarnMerkle
import Testing

@testable import TarnNode

/// A node whose disk damaged parts of its log while it did not run.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct DamagedLogTests {
    @Test func `a log that lost an entry and acknowledgements becomes whole again`() async throws {
        try await LocalNodes.run { cluster in
            var last = Op.genesis
            for number in 0..<12 { last = try await cluster.write("/workspace/\(number)", "text \(number)") }
            let newest = last
            let node = cluster.nodes[2]
            try await cluster.eventually("it is whole") { await node.ownHead().prefixComplete >= newest }
            let hashes = try await node.store.headers(after: .genesis, limit: 12).map { $0.hash(SHA256.self) }
            node.end(.restart)
            try await cluster.eventually("it ends") { node.hasEnded }
            let data = URL(fileURLWithPath: node.configuration.dataDirectory)
            // A hash stands in the acknowledgement of its entry, and then in the entry after it, as that one's parent.
            // What is lost: the acknowledgement of the fourth op, and the eighth whole with its own.
            try Self.damage([(hashes[3], 0), (hashes[6], 1), (hashes[7], 0)], in: data)
            try Self.removeIndexes(in: data)
            try await cluster.restarted(2) { node in
                try await cluster.eventually("it follows") { node.head == cluster.nodes[0].head }
                let scrubbed = try await node.scrub { _, _ in }
                #expect(scrubbed.unreadableCount >= 3 && scrubbed.damaged.isEmpty, "\(scrubbed)")
                try await cluster.eventually("it is whole") { await node.ownHead().prefixComplete >= newest }
                #expect(try await node.store.headers(after: .genesis, limit: 12).map { $0.hash(SHA256.self) } == hashes)
            }
        }
    }

    @Test func `a single datacentre goes on from the checkpoint after what its log lost`() async throws {
        try await Self.withDamagedNode(losing: 4) { cluster in
            try await cluster.restarted(0) { node in
                #expect(node.head.op == Op(8))
                try await cluster.eventually("the catalog has it") { node.catalog.appliedOp == Op(8) }
                #expect(try await Self.write("new", to: node) == Op(9))
                await #expect(throws: NodeError.self) { _ = try await node.sealSegments() }
                node.end(.restart)
                try await cluster.eventually("it ends") { node.hasEnded }
            }
            try await cluster.restarted(0) { node in
                #expect(Self.missing((0..<8).map(String.init) + ["new"], at: node) == [])
            }
        }
    }

    @Test func `a single datacentre whose log lost its end goes on from the checkpoint of that`() async throws {
        try await Self.withDamagedNode(losing: 8) { cluster in
            for expected in [Op(9), Op(10)] {
                try await cluster.restarted(0) { node in
                    #expect(node.head.op == Op(expected.number - 1))
                    try await cluster.eventually("the catalog has it") { node.catalog.appliedOp == node.head.op }
                    #expect(try await Self.write("\(expected)", to: node) == expected)
                    node.end(.restart)
                    try await cluster.eventually("it ends") { node.hasEnded }
                }
            }
            try await cluster.restarted(0) { node in
                let names = (0..<8).map(String.init) + ["9", "10"]
                #expect(Self.missing(names, at: node) == [])
            }
        }
    }

    @Test(arguments: [4, 8])
    func `a single datacentre whose log lost an entry does not go on before it`(lost: Int) async throws {
        try await Self.withDamagedNode(losing: lost, losesCheckpoint: true) { cluster in
            let error = await #expect(throws: NodeError.self) { _ = try await cluster.start(0) }
            #expect(error?.message.contains("op \(lost) of the log") == true, "\(error?.message ?? "no error")")
        }
    }

    @Test(arguments: [4, 8])
    func `a single datacentre goes on before what its log lost on a person's word`(lost: Int) async throws {
        try await Self.withDamagedNode(losing: lost, losesCheckpoint: true) { cluster in
            let recovery = LineageRecovery(configuration: cluster.nodes[0].configuration, logger: Self.silence)
            let told = try await recovery.run(isAccepted: false)
            #expect(told.kept == Op(UInt64(lost) - 1) && told.commit == Op(8))
            #expect(told.unseenCount == 1)
            #expect(told.dropped.map(\.op.number) == (0..<8).map { $0 + 1 }.filter { $0 > lost }.map(UInt64.init))
            _ = try await recovery.run(isAccepted: true)
            try await cluster.restarted(0) { node in
                #expect(node.head.op == Op(UInt64(lost)))
                #expect(Self.missing((0..<lost - 1).map(String.init), at: node) == [])
                #expect(Self.missing(["\(lost - 1)", "7"], at: node) == ["\(lost - 1)", "7"])
                #expect(try await node.orphans().map(\.entry.header.op) == told.dropped.map(\.op))
                for number in lost + 1...10 {
                    #expect(try await Self.write("new-\(number)", to: node) == Op(UInt64(number)))
                }
                #expect(try await node.sealSegments().op == Op(10))
                try await cluster.eventually("the catalog has it") { node.catalog.appliedOp == Op(10) }
                node.end(.restart)
                try await cluster.eventually("it ends") { node.hasEnded }
            }
            try await cluster.restarted(0) { node in
                #expect(node.head.op == Op(10))
                #expect(Self.missing((lost + 1...10).map { "new-\($0)" }, at: node) == [])
                await #expect(throws: NodeError.self, "its log is whole") {
                    node.end(.restart)
                    try await cluster.eventually("it ends") { node.hasEnded }
                    _ = try await recovery.run(isAccepted: true)
                }
            }
        }
    }

    @Test func `one that votes alone goes on before what its log lost though others learn it`() async throws {
        try await Self.withDamagedNode(losing: 4, losesCheckpoint: true) { cluster in
            let node = cluster.nodes[0]
            let newcomers = try [MembershipChangeTests.member("dc2", 2), MembershipChangeTests.member("dc3", 3)]
            try node.finder.keep(Membership(node.genesis).learning(newcomers))
            let recovery = LineageRecovery(configuration: node.configuration, logger: Self.silence)
            let told = try await recovery.run(isAccepted: true)
            #expect(told.kept == Op(3))
            try await cluster.restarted(0) { node in
                #expect(node.membership.members.count == 1 && node.head.op == Op(4))
                let op = try await Self.write("new", to: node)
                #expect(op == Op(5))
            }
        }
    }

    @Test func `who only asks what a recovery would keep changes nothing`() async throws {
        try await LocalNodes.run { cluster in
            var last = Op.genesis
            for number in 0..<8 { last = try await cluster.write("/workspace/\(number)", "text \(number)") }
            let (newest, node) = (last, cluster.nodes[2])
            try await cluster.eventually("it is whole") { await node.ownHead().prefixComplete >= newest }
            let hash = try #require(try await node.store.headers(after: Op(2), limit: 1).first).hash(SHA256.self)
            node.end(.restart)
            try await cluster.eventually("it ends") { node.hasEnded }
            let data = URL(fileURLWithPath: node.configuration.dataDirectory)
            try Self.damage([(hash, 1)], in: data)
            try Self.removeIndexes(in: data)
            let recovery = LineageRecovery(configuration: node.configuration, logger: Self.silence)
            #expect(try await recovery.run(isAccepted: false).kept == Op(3))
            let (store, catalog) = try await NodeParts.openStores(
                node.configuration,
                genesis: node.genesis,
                logger: Self.silence
            )
            #expect(store.superblock.isTrusted)
            try await catalog.close()
            try await store.close()
        }
    }

    @Test func `a checkpoint of ops that were given up is not taken for one of the log`() async throws {
        try await LocalNodes.run(count: 1) { cluster in
            for number in 0..<6 { try await cluster.write("/workspace/\(number)", "text \(number)") }
            let node = cluster.nodes[0]
            let entry = try #require(try await node.store.entry(at: Op(5)))
            let tree = try #require(node.state.snapshot(at: Op(2))?.tree)
            let header = try LogEntry.fixture(op: 5, body: [], parent: entry.header.parent, root: tree.root).header
            var nodes: [(Digest, [UInt8])] = []
            tree.forEachNode(notIn: nil) { hash, bytes in
                nodes.append((hash, bytes))
                return true
            }
            let payload = CheckpointPayload(header: header, clientTable: ClientTable())
            let checkpoint = Checkpoint(
                op: header.op,
                entry: header.hash(SHA256.self),
                root: tree.root,
                payload: payload.encoded()
            )
            try await node.store.writeCheckpoint(checkpoint, nodes: nodes)
            node.end(.restart)
            try await cluster.eventually("it ends") { node.hasEnded }
            try await cluster.restarted(0) { node in
                let found = try await node.archive.snapshot(at: .op(Op(5)))
                #expect(found.root == entry.header.root)
            }
        }
    }

    private static let silence = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    /// Those of `names` that are no files below `/workspace`.
    private static func missing(_ names: [String], at node: Node) -> [String] {
        let tree = node.state.newest.tree
        return names.filter { name in (try? NamespacePath("/workspace/\(name)")).flatMap { tree[$0] } == nil }
    }

    private static func write(_ name: String, to node: Node) async throws -> Op {
        let content = [UInt8](name.utf8)
        let address = try await node.stage(content: content)
        let entry = try Entry.file(content: address, size: UInt64(content.count))
        let change = Change(path: try NamespacePath("/workspace/\(name)"), action: .put(entry))
        let request = try RequestID(client: "tests", number: WallClock.monotonicNanoseconds())
        return try await node.commit([change], author: "tests", request: request).op
    }

    /// A cluster of one that wrote eight files, one an op, and ended; the entry of op `lost` is damaged, and with
    /// `losesCheckpoint` the checkpoint of the end.
    private static func withDamagedNode(
        losing lost: Int,
        losesCheckpoint: Bool = false,
        _ body: @Sendable (LocalNodes) async throws -> Void
    ) async throws {
        try await LocalNodes.run(count: 1) { cluster in
            for number in 0..<8 { try await cluster.write("/workspace/\(number)", "text \(number)") }
            let node = cluster.nodes[0]
            let hashes = try await node.store.headers(after: .genesis, limit: 8).map { $0.hash(SHA256.self) }
            node.end(.restart)
            try await cluster.eventually("it ends") { node.hasEnded }
            let data = URL(fileURLWithPath: node.configuration.dataDirectory)
            // By the hash of the entry before it, which it names as its parent.
            try Self.damage([(hashes[lost - 2], 1)], in: data)
            if losesCheckpoint { try Self.damageCheckpoints(in: data) }
            try Self.removeIndexes(in: data)
            try await body(cluster)
        }
    }

    /// Destroys the given occurrences of hashes in the log's segment, beyond what one flipped bit can explain.
    static func damage(_ places: [(hash: Digest, occurrence: Int)], in data: URL) throws {
        let file = data.appendingPathComponent("segments/small/00000001.seg")
        var bytes = try Data(contentsOf: file)
        for (hash, occurrence) in places {
            var positions: [Range<Data.Index>] = []
            var rest = bytes.startIndex..<bytes.endIndex
            while let found = bytes.range(of: Data(hash.bytes), in: rest) {
                positions.append(found)
                rest = found.upperBound..<bytes.endIndex
            }
            try #require(positions.count >= 2, "the hash stands at \(positions)")
            for index in positions[occurrence].prefix(4) { bytes[index] ^= 0xff }
        }
        try bytes.write(to: file)
    }

    private static func damageCheckpoints(in data: URL) throws {
        let folder = data.appendingPathComponent("segments/meta")
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            var bytes = try Data(contentsOf: file)
            // Behind the header of the segment.
            for index in bytes.indices.dropFirst(4_096) { bytes[index] ^= 0xff }
            try bytes.write(to: file)
        }
    }

    /// Has the node read its segments when it starts, and not what it remembers of them.
    static func removeIndexes(in data: URL) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: data.path)
        let indexes = names.filter { $0.hasPrefix("index.sqlite") }
        try #require(!indexes.isEmpty)
        for name in indexes { try FileManager.default.removeItem(at: data.appendingPathComponent(name)) }
    }
}
