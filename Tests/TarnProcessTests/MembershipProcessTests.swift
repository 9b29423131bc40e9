import Foundation
import Testing

/// Clusters whose members change: one that grows, a datacentre that is replaced, an observer that leads, a majority
/// that is lost.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct MembershipProcessTests {
    @Test func `a cluster of one grows to three, and any one of them may be lost then`() throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        try cluster.start("dc1")
        try cluster.put("alone", at: "/workspace/main/1.txt")
        let printed = try cluster.growToThree()
        #expect(printed.contains("dc2/node.yaml") && printed.contains("dc3/node.yaml"))
        try cluster.put("while nobody learns", at: "/workspace/main/2.txt")
        for name in ["dc2", "dc3"] { try cluster.launch(name) }
        try cluster.waitForVoters()
        try cluster.converge()
        cluster.kill("dc1")
        try cluster.put("without the first", at: "/workspace/main/3.txt")
        #expect(try cluster.primary() == "dc2")
        for (index, text) in ["alone", "while nobody learns", "without the first"].enumerated() {
            #expect(try cluster.done("cat", "/workspace/main/\(index + 1).txt", "--dc", "dc3") == text)
        }
        try cluster.start("dc1")
        try cluster.converge()

        // Its genesis names it alone, and its data said what came after.
        cluster.kill("dc1")
        try FileManager.default.removeItem(at: cluster.nodeDirectory("dc1").appendingPathComponent("data"))
        try cluster.launch("dc1")
        try cluster.put("while the first comes back", at: "/workspace/main/4.txt")
        try cluster.converge()
        #expect(try cluster.done("cat", "/workspace/main/1.txt", "--dc", "dc1") == "alone")
        #expect(try cluster.done("cat", "/workspace/main/4.txt", "--dc", "dc1") == "while the first comes back")
    }

    @Test func `one that never came to learn the log is replaced before the cluster grows`() throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        try cluster.start("dc1")
        try cluster.put("alone", at: "/workspace/main/1.txt")
        try cluster.growToThree()
        try cluster.launch("dc2")
        try cluster.done("replace-dc", "dc3", cluster.layout, "--with", cluster.argument("dc4", 4))
        try cluster.put("while nobody votes", at: "/workspace/main/2.txt")
        let isTold = Polling.holds(within: 30, every: Polling.questionSeconds) {
            (try? cluster.done("cluster", "members", "--dc", "dc2").contains("dc4")) == true
        }
        #expect(isTold, "the other one that learns")
        try cluster.launch("dc4")
        try cluster.waitForVoters()
        try cluster.converge()
        #expect(try cluster.done("cluster", "members").contains("replaced: dc3"))
        cluster.kill("dc1")
        try cluster.put("without the first", at: "/workspace/main/3.txt")
        #expect(try cluster.done("cat", "/workspace/main/3.txt", "--dc", "dc4") == "without the first")
    }

    @Test func `a lost datacentre is replaced, and never counts again`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.put("before", at: "/workspace/main/1.txt")
        try cluster.converge()
        cluster.kill("dc2")
        try cluster.done("replace-dc", "dc2", cluster.layout, "--with", cluster.argument("dc4", 4))
        try cluster.put("with two", at: "/workspace/main/2.txt")
        try cluster.launch("dc4")
        try cluster.converge()
        #expect(try cluster.done("cluster", "members").contains("replaced: dc2"))

        cluster.kill("dc1")
        try cluster.put("the new one leads", at: "/workspace/main/3.txt")
        #expect(try cluster.primary() == "dc4")
        #expect(try cluster.done("cat", "/workspace/main/1.txt", "--dc", "dc4") == "before")

        // With the observer and the old standby there would have been a majority.
        cluster.kill("dc4")
        try cluster.launch("dc2")
        let refused = try cluster.tarn(["mkdir", "/workspace/main/never"])
        #expect(refused.status != 0, "\(refused.output)")
        #expect(!(try cluster.done("ls", "/workspace/main", "--dc", "dc3").contains("never")))
        let again = try cluster.tarn(["replace-dc", "dc2", cluster.layout, "--with", cluster.argument("dc5", 5)])
        #expect(again.status == 3, "\(again.errors)")
    }

    @Test func `the observer leads once the log says that it may`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.put("before", at: "/workspace/main/1.txt")
        try cluster.converge()
        #expect(try cluster.tarn(["switchover", "--to", "dc3"]).status == 3)
        #expect(try cluster.done("cluster", "elect-observer").contains("dc3  observer, may lead"))
        let again = try cluster.done("cluster", "elect-observer", "--json")
        #expect(again.contains("\"observer_electable\":true"), "\(again)")
        try cluster.done("switchover", "--to", "dc3")
        #expect(try cluster.primary() == "dc3")
        try cluster.put("the observer leads", at: "/workspace/main/2.txt")
        cluster.kill("dc3")
        try cluster.put("and is gone", at: "/workspace/main/3.txt")
        #expect(try cluster.primary() != "dc3")
        try cluster.start("dc3")
        try cluster.converge()
    }

    @Test func `a person has the others leave a primary that they still hear`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.put("before", at: "/workspace/main/1.txt")
        try cluster.converge()
        #expect(try cluster.tarn(["failover"]).status == 2)
        #expect(try cluster.done("failover", "--accept-orphans").contains("dc2 leads"))
        try cluster.put("after", at: "/workspace/main/2.txt")
        try cluster.converge()
        #expect(try cluster.done("cat", "/workspace/main/2.txt", "--dc", "dc1") == "after")
    }

    @Test func `the last datacentre says what is lost, goes on alone, and grows again`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.put("kept", at: "/workspace/main/1.txt")
        try cluster.converge()
        let kept = try #require(try cluster.heads()["dc3"]?.commit)
        let node = cluster.nodeDirectory("dc3").appendingPathComponent("node.yaml").path
        #expect(try cluster.tarn(["recover", "--config", node, "--new-lineage"]).status == 1, "the node runs")
        cluster.terminate("dc3")
        try cluster.put("lost", at: "/workspace/main/2.txt")
        for name in ["dc1", "dc2"] { cluster.kill(name) }

        let told = try cluster.done("recover", "--config", node, "--new-lineage")
        #expect(told.contains("keeps everything up to op \(kept),"), "\(told)")
        #expect(told.contains("receipts of later ops than \(kept) are void"))
        #expect(told.contains("nothing was changed"))
        try cluster.done("recover", "--config", node, "--new-lineage", "--accept-loss")
        let statements = try FileManager.default.contentsOfDirectory(
            atPath: cluster.nodeDirectory("dc3").appendingPathComponent("data").path
        ).filter { $0.hasPrefix("loss-") }
        #expect(statements.count == 1)
        try cluster.start("dc3")
        #expect(try cluster.done("cat", "/workspace/main/1.txt", "--dc", "dc3") == "kept")
        #expect(try cluster.tarn(["cat", "/workspace/main/2.txt", "--dc", "dc3"]).status == 3)
        #expect(try cluster.tarn(["recover", "--config", node, "--new-lineage"]).status != 0)

        let grown = try cluster.tarn([
            "cluster", "grow", cluster.layout, "--join", cluster.argument("dc4", 4), "--join",
            cluster.argument("dc5", 5),
        ])
        #expect(grown.status == 0, "\(grown.errors)")
        for name in ["dc4", "dc5"] { try cluster.launch(name) }
        // The old ones come back and are a majority of what was: nobody of the new lineage hears them.
        for name in ["dc1", "dc2"] { try cluster.launch(name) }
        try cluster.waitForVoters()
        try cluster.put("new", at: "/workspace/main/3.txt")
        try cluster.converge()
        #expect(try cluster.done("cat", "/workspace/main/3.txt", "--dc", "dc5") == "new")
        #expect(try cluster.done("cluster", "members").contains("replaced: dc1, dc2"))
    }
}
