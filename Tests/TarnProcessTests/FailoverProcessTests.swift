import Foundation
import Testing

/// Another primary: when the first one is killed, and when a person asks for it.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct FailoverProcessTests {
    @Test func `a standby leads after a kill, nothing acknowledged is lost, and the old primary comes back`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.put("one", at: "/workspace/main/1.txt")
        #expect(try cluster.primary() == "dc1")

        cluster.kill("dc1")
        let killedAt = Date()
        try cluster.put("two", at: "/workspace/main/2.txt")
        let seconds = Date().timeIntervalSince(killedAt)
        #expect(seconds < 15, "\(seconds) s to the first write, on a machine that may be busy")
        #expect(try cluster.primary() == "dc2")
        #expect(try cluster.done("cat", "/workspace/main/1.txt", "--dc", "dc2") == "one")

        try cluster.start("dc1")
        try cluster.converge()
        #expect(try cluster.primary() == "dc2", "no failback by itself")
        #expect(try cluster.done("cat", "/workspace/main/2.txt", "--dc", "dc1") == "two")

        cluster.kill("dc2")
        try cluster.put("three", at: "/workspace/main/3.txt")
        #expect(try cluster.primary() == "dc1")
        try cluster.start("dc2")
        try cluster.converge()
        for (index, text) in ["one", "two", "three"].enumerated() {
            for name in ProcessCluster.names {
                #expect(try cluster.done("cat", "/workspace/main/\(index + 1).txt", "--dc", name) == text)
            }
        }
        for name in ProcessCluster.names { try cluster.done("verify", "--dc", name) }
    }

    @Test func `a switchover changes the primary and loses nothing`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.put("before", at: "/workspace/main/a.txt")
        try cluster.converge()
        let answer = try cluster.done("switchover", "--to", "dc2")
        #expect(answer.contains("dc2 leads"))
        #expect(try cluster.primary() == "dc2")
        try cluster.put("after", at: "/workspace/main/b.txt")
        let op = try cluster.heads()["dc2"]?.commit ?? 0
        let receipt = cluster.directory.appendingPathComponent("receipt.json")
        let genesis = cluster.nodeDirectory("dc3").appendingPathComponent("genesis.bin").path
        try cluster.converge()
        let signed = try cluster.done("receipt", String(op))
        try Data(signed.utf8).write(to: receipt)
        #expect(try cluster.done("verify", "--receipt", receipt.path, "--genesis", genesis).contains("dc1, dc2, dc3"))
        let document = try cluster.done("verify", "--receipt", receipt.path, "--genesis", genesis, "--json")
        #expect(document.contains("\"verified\":true") && document.contains("\"held_by\":["), "\(document)")
        try Data(signed.replacing("\"op\":\(op)", with: "\"op\":\(op + 1)").utf8).write(to: receipt)
        #expect(try cluster.tarn(["verify", "--receipt", receipt.path, "--genesis", genesis]).status == 1)
        let again = try cluster.tarn(["switchover", "--to", "dc3"])
        #expect(again.status == 3)
        #expect(again.errors.contains("observer"))
        try cluster.done("switchover", "--to", "dc1")
        #expect(try cluster.primary() == "dc1")
        try cluster.converge()
        #expect(try cluster.done("cat", "/workspace/main/b.txt", "--dc", "dc3") == "after")
        #expect(try cluster.done("orphans", "list").contains("no orphans"))
    }

    @Test func `a datacentre whose disk was exchanged gets everything back`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.put("kept", at: "/workspace/main/a.txt")
        try cluster.converge()
        cluster.kill("dc2")
        try FileManager.default.removeItem(at: cluster.nodeDirectory("dc2").appendingPathComponent("data"))
        try cluster.start("dc2")
        try cluster.converge()
        try cluster.done("verify", "--dc", "dc2")
        #expect(try cluster.done("cat", "/workspace/main/a.txt", "--dc", "dc2") == "kept")
    }
}
