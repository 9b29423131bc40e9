import Foundation
import Testing

/// What a node and the tool refuse, and that they say why.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct RefusalTests {
    @Test func `a second node on the same data folder does not start`() throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        try cluster.start("dc1")
        let second = try cluster.tarn([
            "node", "--config", cluster.nodeDirectory("dc1").appendingPathComponent("node.yaml").path,
        ])
        #expect(second.status == 1)
        #expect(second.errors.contains("in use") || second.errors.contains("lock"))
    }

    @Test func `a node of another cluster is not let in`() throws {
        let cluster = try ProcessCluster()
        let stranger = try ProcessCluster()
        defer {
            cluster.stop()
            stranger.stop()
        }
        // A cluster begins once its members have met.
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.put("x", at: "/workspace/main/a.txt")
        try cluster.converge()
        cluster.kill("dc2")
        // The stranger's keys in place of DC2's own.
        let keys = cluster.nodeDirectory("dc2").appendingPathComponent("keys")
        try FileManager.default.removeItem(at: keys)
        try FileManager.default.copyItem(at: stranger.nodeDirectory("dc2").appendingPathComponent("keys"), to: keys)
        try cluster.launch("dc2")
        try cluster.put("x", at: "/workspace/main/b.txt")
        // The others miss the one that was killed only after a while.
        var heads = try cluster.heads()
        let isMissed = try Polling.holds(within: 20, every: Polling.questionSeconds) {
            heads = try cluster.heads()
            return heads["dc2"]?.isReachable == false
        }
        #expect(isMissed)
        #expect(heads["dc2"]?.commit ?? 0 < heads["dc1"]?.commit ?? 0)
    }

    @Test(arguments: [
        ("colour: blue", "colour"),
        ("members: 5", "members"),
    ])
    func `a configuration with a wrong key names it`(line: String, key: String) throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        let file = cluster.nodeDirectory("dc1").appendingPathComponent("node.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        let kept = text.split(separator: "\n", omittingEmptySubsequences: false).filter {
            !$0.hasPrefix(key) && !$0.hasPrefix("  - ")
        }
        try Data((kept.joined(separator: "\n") + "\n\(line)\n").utf8).write(to: file)
        let result = try cluster.tarn(["node", "--config", file.path])
        #expect(result.status != 0)
        #expect(result.errors.contains("'\(key)'"))
    }

    @Test func `output that cannot be written is a failure that says why, unlike a reader that has gone`() throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        let tarn = ProcessCluster.binary.path
        let full = try cluster.run("/bin/sh", ["-c", "'\(tarn)' drill list > /dev/full"])
        #expect(full.status == 1 && full.errors.contains("No space left on device"), "\(full.status) \(full.errors)")
        let closed = try cluster.run("/bin/bash", ["-c", "exec 3> >(exit 0); wait $!; '\(tarn)' drill list >&3"])
        #expect(closed.status == 141 && closed.errors.isEmpty, "\(closed.status) \(closed.errors)")
    }

    @Test func `output that is closed is no file or connection of the command`() throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        try cluster.start("dc1")
        for closed in [">&-", "<&- >&-"] {
            let result = try cluster.run("/bin/sh", ["-c", "'\(ProcessCluster.binary.path)' status \(closed)"])
            #expect(result.status == 1 && result.errors.contains("Bad file descriptor"), "\(closed) \(result.errors)")
        }
    }

    @Test func `wrong usage, unknown paths and wrong tokens have their own exit codes`() throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        try cluster.start("dc1")
        #expect(try cluster.tarn(["ls", "relative/path"]).status == 2)
        #expect(try cluster.tarn(["cat", "/workspace/none"]).status == 3)
        for wrong in [["ls", "/", "--at", "abc"], ["diff", "1", "abc"], ["drill", "run", "S1", "--rate", "0"]] {
            #expect(try cluster.tarn(wrong).status == 2, "\(wrong)")
        }
        for other in [[], ["--proof", "-", "--root", String(repeating: "0", count: 64)]] {
            let refused = try cluster.tarn(["verify", "--membership", "none"] + other)
            #expect(refused.status == 2 && refused.errors.contains("--receipt"), "\(refused.status) \(refused.errors)")
        }
        #expect(try cluster.tarn(["import", cluster.directory.path + "/none", "/workspace/main"]).status == 2)
        // A variable without a value is not the current folder.
        for wrong in [["import", "", "/workspace/main", "--mirror", "-n"], ["export", "/workspace", ""]] {
            let refused = try cluster.tarn(wrong)
            #expect(refused.status == 2 && refused.errors.contains("empty"), "\(wrong): \(refused.errors)")
        }
        for command in [["status"], ["orphans", "list"]] {
            let token = "tarn_nobody_" + String(repeating: "0", count: 64)
            #expect(try cluster.tarn(command + ["--token", token]).status == 3, "\(command)")
        }
        for command in [["orphans", "list"], ["doctor"]] {
            let refused = try cluster.tarn(command + ["--dc", "dc7"])
            #expect(refused.status == 2 && refused.errors.contains("'dc7'"), "\(command): \(refused.errors)")
        }
        #expect(try cluster.done("status").contains("Nothing is mirrored"))
        let (url, token) = (try cluster.apiURL("dc1") ?? "", try cluster.clientSetting("token") ?? "")
        let words = ["status", "--node", url, "--token", token]
        let direct = try cluster.run(ProcessCluster.binary.path, words, environment: ["TARN_CONFIG": ""])
        #expect(direct.status == 0, "a variable without a value names no file: \(direct.errors)")
    }
}
