import Foundation
import Testing

/// Backups of a cluster whose members changed, and clusters made from them.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct BackupMembershipProcessTests {
    @Test func `a cluster that grew is backed up, and what is made from it has its own members alone`() throws {
        let old = try ProcessCluster(count: 1)
        defer { old.stop() }
        let place = "file://" + old.directory.appendingPathComponent("backups").path
        let root = try Self.backUpGrown(old, to: place)
        // Nothing of the old cluster may be needed, or answer.
        for name in ProcessCluster.names { old.terminate(name) }

        let restored = try RestoredCluster(["--from", place, "--genesis", Self.genesis(of: old)])
        defer { restored.cluster.stop() }
        let new = restored.cluster
        try new.converge()
        #expect(try new.done("log", "--json").contains(root))
        let members = try new.done("cluster", "members")
        #expect(members.contains("epoch 0") && !members.contains("may lead"), "\(members)")
        #expect(try new.primary() != "dc3")
        for (index, text) in ["alone", "with three", "the observer leads"].enumerated() {
            #expect(try new.done("cat", "/workspace/main/\(index + 1).txt", "--dc", "dc3") == text)
        }
        try new.put("of the new cluster", at: "/workspace/main/4.txt")
        let (op, _) = try new.head()
        let receipt = new.directory.appendingPathComponent("receipt.json")
        try Data(new.done("receipt", String(op)).utf8).write(to: receipt)
        try new.done("verify", "--receipt", receipt.path, "--genesis", Self.genesis(of: new))
        for name in ProcessCluster.names { try new.done("verify", "--dc", name) }

        // It counts its own changes from the first one on, also when a node looks for them in its log.
        #expect(try new.done("cluster", "elect-observer").contains("epoch 1"))
        new.terminate("dc2")
        try new.start("dc2")
        try new.converge()
        #expect(try new.done("cluster", "members", "--dc", "dc2").contains("dc3  observer, may lead"))
        #expect(try new.done("cat", "/workspace/main/4.txt", "--dc", "dc2") == "of the new cluster")

        let next = "file://" + new.directory.appendingPathComponent("backups").path
        try new.done("backup", "--to", next)
        let target = new.directory.appendingPathComponent("third").path
        try new.done(
            "restore",
            target,
            "--from",
            next,
            "--genesis",
            Self.genesis(of: new),
            "--dc",
            "dc1=127.0.0.1:7999,127.0.0.1:8999"
        )
    }

    /// Grows a cluster of one, has the observer lead it, and backs it up. Returns a root that is in the backup.
    private static func backUpGrown(_ cluster: ProcessCluster, to place: String) throws -> String {
        try cluster.start("dc1")
        try cluster.put("alone", at: "/workspace/main/1.txt")
        try cluster.done("backup", "--to", place)
        try cluster.growToThree()
        for name in ["dc2", "dc3"] { try cluster.launch(name) }
        try cluster.waitForVoters()
        try cluster.converge()
        try cluster.put("with three", at: "/workspace/main/2.txt")
        try cluster.converge()
        try cluster.done("backup", "--to", place)
        try cluster.done("cluster", "elect-observer")
        try cluster.done("switchover", "--to", "dc3")
        try cluster.put("the observer leads", at: "/workspace/main/3.txt")
        let root = try cluster.converge()
        try cluster.done("backup", "--to", place)
        return root
    }

    private static func genesis(of cluster: ProcessCluster) -> String {
        cluster.nodeDirectory("dc1").appendingPathComponent("genesis.bin").path
    }
}
