import Foundation
import Testing

/// The main job with three real processes.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct MirrorTests {
    @Test func `three nodes hold and export the same tree, and any of them answers`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let tree = try SampleTree(in: cluster.directory, fileCount: 400, seed: 1)
        try cluster.done("import", tree.directory.path, "/workspace/main")
        let root = try cluster.converge()
        #expect(root.count == 64)

        let target = cluster.directory.appendingPathComponent("export")
        try cluster.done("export", "/workspace/main", target.path, "--dc", "dc3")
        #expect(try SampleTree.contents(of: target) == SampleTree.contents(of: tree.directory))

        for name in ["dc2", "dc3"] {
            let rows = try cluster.done(
                "catalog",
                "query",
                "SELECT count(*) AS n FROM notebooks",
                "--csv",
                "--dc",
                name
            )
            #expect(rows.split(whereSeparator: \.isNewline).map(String.init) == ["n", "400"])
        }
        for name in ProcessCluster.names { try cluster.done("verify", "--dc", name) }
    }

    @Test func `a write sent to the standby or the observer is committed by the primary`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let file = cluster.directory.appendingPathComponent("a.txt")
        for name in ["dc2", "dc3"] {
            try Data("written at \(name)".utf8).write(to: file)
            try cluster.done("put", file.path, "/workspace/main/\(name).txt", "--dc", name)
            #expect(try cluster.done("cat", "/workspace/main/\(name).txt", "--dc", "dc1") == "written at \(name)")
        }
    }

    @Test(arguments: ["dc1", "dc2"])
    func `with two datacentres away writes are refused by name and reads go on`(primary: String) throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let file = cluster.directory.appendingPathComponent("a.txt")
        try Data("before".utf8).write(to: file)
        try cluster.done("put", file.path, "/workspace/main/a.txt")
        try cluster.converge()
        if primary == "dc2" { try cluster.done("switchover", "--to", "dc2") }
        cluster.kill("dc1")
        cluster.kill("dc3")
        // Ordered and never committed, or refused at once when the node knows already that nobody is there.
        let start = Date()
        let first = try cluster.tarn(["put", file.path, "/workspace/main/b.txt", "--dc", "dc2"])
        #expect(first.status == (primary == "dc2" ? 4 : 3), "\(first.errors)")
        #expect(!first.errors.isEmpty)
        let second = try cluster.tarn(["put", file.path, "/workspace/main/c.txt", "--dc", "dc2"])
        #expect(second.status == 3, "\(second.errors)")
        #expect(Date().timeIntervalSince(start) < 90)
        #expect(try cluster.done("cat", "/workspace/main/a.txt", "--dc", "dc2") == "before")
        try cluster.start("dc1")
        try cluster.start("dc3")
        try cluster.done("put", file.path, "/workspace/main/b.txt")
        try cluster.converge()
    }

    @Test func `a node that was away catches up to the same root`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        for (index, name) in ["dc2", "dc3"].enumerated() {
            cluster.kill(name)
            let tree = try SampleTree(in: cluster.directory, fileCount: 300, seed: UInt64(index) + 10)
            try cluster.done("import", tree.directory.path, "/workspace/away-\(name)")
            try cluster.start(name)
            try cluster.converge()
            try cluster.done("verify", "--dc", name)
        }
    }

    @Test func `the index can be deleted and nothing is missing`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let tree = try SampleTree(in: cluster.directory, fileCount: 200, seed: 20)
        try cluster.done("import", tree.directory.path, "/workspace/main")
        try cluster.converge()
        #expect(cluster.terminate("dc3") == 0)
        let data = cluster.nodeDirectory("dc3").appendingPathComponent("data")
        let disposable = try FileManager.default.contentsOfDirectory(atPath: data.path).filter {
            $0.hasPrefix("index.sqlite")
        }
        #expect(!disposable.isEmpty)
        for name in disposable { try FileManager.default.removeItem(at: data.appendingPathComponent(name)) }
        try cluster.start("dc3")
        try cluster.converge()
        let rows = try cluster.done("catalog", "query", "SELECT count(*) AS n FROM notebooks", "--csv", "--dc", "dc3")
        #expect(rows.split(whereSeparator: \.isNewline).map(String.init) == ["n", "200"])
    }
}
