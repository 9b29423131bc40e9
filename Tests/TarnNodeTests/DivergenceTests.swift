import Synchronization
import TarnConsensus
import TarnCore
import TarnCrypto
import TarnMerkle
import Testing

@testable import TarnNode

extension CommittedState {
    /// What a defect of memory or program would do: another tree under the same op.
    fileprivate func corrupt(_ edits: [TreeEdit]) {
        let good = self.newest
        var tree = good.tree
        tree.apply(edits)
        let bad = Snapshot(op: good.op, timestampMicroseconds: good.timestampMicroseconds, tree: tree)
        self.ring.withLock { $0 = SnapshotRing(bad) }
    }
}

extension ReplicaEngine {
    /// The same for the state that the next op is applied to.
    fileprivate func corrupt(_ edits: [TreeEdit]) {
        var tree = self.line.committed.tree
        tree.apply(edits)
        self.line = NamespaceLine(namespace: Namespace(tree: tree), header: self.line.committedHeader)
    }

    /// Waits like somebody who asked for a change of the membership.
    fileprivate func waitForReconfiguration() async -> ReconfigurationOutcome {
        let deadline = self.clock.now.advanced(by: 100_000)
        return await withCheckedContinuation {
            self.reconfigurationWaiter = ReconfigurationWaiter(deadline: deadline, continuation: $0)
        }
    }
}

/// A node whose state is not what its log says, among two that are right.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct DivergenceTests {
    private static func edits(_ count: Int) throws -> [TreeEdit] {
        try (0..<count).map {
            let entry = try Entry.file(content: SHA256.digest([UInt8($0)]), size: 1)
            return TreeEdit(path: try NamespacePath("/workspace/planted/\(100 + $0)"), entry: entry)
        }
    }

    @Test func `another root stops a node within a second, and one command repairs it`() async throws {
        try await LocalNodes.run { cluster in
            let op = try await cluster.write("/workspace/a", "one")
            let bad = cluster.nodes[2]
            try await cluster.eventually("all have the op") { cluster.nodes.allSatisfy { $0.head.op >= op } }
            let root = cluster.nodes[0].head.root
            bad.state.corrupt(try Self.edits(40))
            let start = ContinuousClock.now
            try await cluster.eventually("it stops") { await bad.trouble != nil }
            #expect(ContinuousClock.now - start < .seconds(5), "a second on a machine that has time")
            let reason = try #require(await bad.trouble)
            #expect(reason.contains("op \(op):") && reason.contains("tarn repair --dc dc3"), "\(reason)")
            #expect(throws: NodeError.self) { try bad.checkServing() }
            await #expect(throws: NodeError.self) { try await bad.snapshot(at: nil) }
            #expect(await cluster.nodes[0].trouble == nil)
            // Writing goes on without it.
            let later = try await cluster.write("/workspace/b", "two")

            let report = try await bad.repair()
            #expect(report.finding == .repaired)
            #expect(report.op == op && report.expectedRoot == root && report.root != root)
            #expect(report.differencesCount == 40)
            #expect(report.paths.first?.string == "/workspace/planted/100")
            #expect(report.roundTripsCount <= 5)
            try await cluster.eventually("it ends") { bad.hasEnded }
            try await cluster.restarted(2) { node in
                #expect(node.head.root == root, "what was repaired is what it starts from")
                try await cluster.eventually("it follows") { node.head.op >= later }
                #expect(node.head.root == cluster.nodes[0].state.snapshot(at: node.head.op)?.root)
                try node.checkServing()
                #expect(try await node.repair().finding == .equal)
            }
        }
    }

    @Test func `an op whose root does not come out stops a node that starts anew from its log`() async throws {
        try await LocalNodes.run { cluster in
            let op = try await cluster.write("/workspace/a", "one")
            let bad = cluster.nodes[1]
            try await cluster.eventually("all have the op") { cluster.nodes.allSatisfy { $0.head.op >= op } }
            await bad.engine.corrupt(try Self.edits(1))
            let next = try await cluster.write("/workspace/b", "two")
            try await cluster.eventually("it stops") { await bad.trouble != nil }
            #expect(try #require(await bad.trouble).hasPrefix("op \(next): the log names root"))
            #expect(throws: NodeError.self) { try bad.checkServing() }
            #expect(try await bad.repair().finding == .repaired)
            try await cluster.eventually("it ends") { bad.hasEnded }
            try await cluster.restarted(1) { node in
                try await cluster.eventually("it follows") { node.head == cluster.nodes[0].head }
            }
        }
    }

    @Test func `a primary that stops serving lets everybody go who waits, and another one leads`() async throws {
        try await LocalNodes.run { cluster in
            let op = try await cluster.write("/workspace/a", "one")
            let bad = cluster.nodes[0]
            try await cluster.eventually("all have the op") { cluster.nodes.allSatisfy { $0.head.op >= op } }
            async let waiting = bad.engine.waitForReconfiguration()
            try await cluster.eventually("somebody waits") { await bad.engine.reconfigurationWaiter != nil }
            bad.state.corrupt(try Self.edits(1))
            guard case .unknown(let reason) = await waiting else {
                Issue.record("a change came about, or was refused before it was ordered")
                return
            }
            #expect(reason.hasPrefix("op \(op):"))
            // Its signs of life end with it: they would go on for longer than this waits.
            try await cluster.eventually("another one leads") { await cluster.nodes[1].engine.canSubmit == .ready }
        }
    }

    @Test func `a wrong root of another datacentre is reported once, until it is another or was right`() async throws {
        let log = RecordedLog()
        try await LocalNodes.run(logger: log.logger) { cluster in
            let op = try await cluster.write("/workspace/a", "one")
            let node = cluster.nodes[0]
            try await cluster.eventually("it has the op") { node.head.op >= op }
            let snapshot = node.state.newest
            // Nobody: what the real ones exchange meanwhile does not matter.
            let stranger = try DatacenterID("dc9")
            let heads = [snapshot.root, SHA256.digest([1]), SHA256.digest([2])].map { root in
                Heads.Head(
                    datacenter: stranger,
                    view: View(0),
                    logView: View(0),
                    op: snapshot.op,
                    commit: snapshot.op,
                    prefixComplete: snapshot.op,
                    root: root,
                    missingBytesCount: 0,
                    diskFreeBytesCount: 0,
                    trouble: "",
                    clockMicroseconds: 0
                )
            }
            for (index, count) in [(1, 1), (1, 1), (2, 2), (2, 2), (0, 2), (2, 3), (2, 3)] {
                await node.compareRoots(with: heads[index])
                #expect(log.count(of: "another datacentre's root is not the log's") == count)
            }
            #expect(await node.trouble == nil)
        }
    }

    @Test func `equal replicas find that out in one question`() async throws {
        try await LocalNodes.run { cluster in
            let op = try await cluster.write("/workspace/a", "one")
            try await cluster.eventually("all have the op") { cluster.nodes.allSatisfy { $0.head.op >= op } }
            let report = try await cluster.nodes[2].repair()
            #expect(report.finding == .equal)
            #expect(report.roundTripsCount == 1)
            #expect(report.bytesCount < 1_024)
        }
    }
}
