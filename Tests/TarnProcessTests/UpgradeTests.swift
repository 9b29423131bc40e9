import Foundation
import Testing

/// This release on the data of earlier ones, and beside nodes of them.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct UpgradeTests {
    /// A program of an earlier release.
    private static let previous = ProcessInfo.processInfo.environment["TARN_PREVIOUS"].map { URL(fileURLWithPath: $0) }

    @Test func `there is data of an earlier release to be read`() {
        #expect(!UpgradeFixture.archives.isEmpty)
    }

    @Test(arguments: UpgradeFixture.archives)
    func `three nodes go on with the data of an earlier release`(archive: String) throws {
        let fixture = try UpgradeFixture(archive)
        let cluster = fixture.cluster
        defer { cluster.stop() }
        // The projections of one node are made anew from its segments, those of the others are taken over.
        try Self.removeIndexes(of: cluster.nodeDirectory("dc3"))
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.converge()
        #expect(try cluster.primary() == "dc2", "a restart is no reason for another primary")
        for name in ProcessCluster.names { try Self.checkState(fixture, at: name) }
        try Self.checkContent(fixture)
        try Self.checkProofs(fixture)
        try Self.checkAccess(fixture)
        try cluster.put("new", at: "/workspace/main/new.txt")
        try cluster.done("switchover", "--to", "dc1")
        try cluster.done("scrub", "--now", "--dc", "dc3")
        try cluster.converge()
        for name in ProcessCluster.names {
            try cluster.done("verify", "--dc", name)
            #expect(try cluster.done("cat", "/workspace/main/new.txt", "--dc", name) == "new")
        }
    }

    @Test(arguments: UpgradeFixture.archives)
    func `backups of an earlier release are restored and continued`(archive: String) throws {
        let fixture = try UpgradeFixture(archive)
        defer { fixture.cluster.stop() }
        let old = try BackedUpCluster.Made(json: try fixture.text("backup.json"))
        let genesis = fixture.cluster.nodeDirectory("dc1").appendingPathComponent("genesis.bin").path
        let secrets = fixture.cluster.nodeDirectory("dc1").appendingPathComponent("keys/secrets.key").path
        let wishes = ["--from", fixture.backups, "--genesis", genesis, "--secrets-key-file", secrets]
        let restored = try RestoredCluster(wishes)
        defer { restored.cluster.stop() }
        try restored.cluster.converge()
        #expect(try restored.cluster.done("log", "--json", "--limit", "10000").contains(old.root))
        #expect(
            try restored.cluster.export("/workspace/main") == SampleTree.contents(of: fixture.file("workspace-late"))
        )
        #expect(try Self.secret(restored.cluster, "dc3") == "kept over releases")
        for name in ProcessCluster.names { try restored.cluster.done("verify", "--dc", name) }

        for name in ProcessCluster.names { try fixture.cluster.start(name) }
        try fixture.cluster.put("later", at: "/workspace/main/later.txt")
        try fixture.cluster.converge()
        let new = try BackedUpCluster.Made(json: try fixture.cluster.done("backup", "--to", fixture.backups, "--json"))
        #expect(new["copied_segments"] < new["segments"], "what the earlier release backed up is not copied again")
        let again = try RestoredCluster(["--from", fixture.backups, "--at", String(new.op)])
        defer { again.cluster.stop() }
        #expect(try again.cluster.converge() == new.root)
        #expect(try again.cluster.done("cat", "/workspace/main/later.txt") == "later")
    }

    @Test(.enabled(if: Self.previous != nil, "needs TARN_PREVIOUS, the program of an earlier release"))
    func `nodes are upgraded one after the other under writers, and back`() throws {
        let previous = try #require(Self.previous)
        let cluster = try ProcessCluster(binary: previous)
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name, binary: previous) }
        let tree = try SampleTree(in: cluster.directory, fileCount: 200, seed: 21)
        try cluster.done("import", tree.directory.path, "/workspace/tree")
        let receipt = cluster.directory.appendingPathComponent("receipt.json").path
        try Data(try cluster.done("receipt", "1").utf8).write(to: URL(fileURLWithPath: receipt))

        // Clients are upgraded before, with or after the nodes.
        let writers = try [previous, ProcessCluster.binary].enumerated().map {
            try BackgroundWriter(cluster, below: "/workspace/writer\($0.offset)", tool: $0.element)
        }
        // Observer, standby, the primary once it leads no longer; then the observer goes back, and forth again.
        for name in ["dc3", "dc2"] { try Self.exchange(name, for: ProcessCluster.binary, cluster) }
        try cluster.done("switchover", "--to", "dc2")
        try Self.exchange("dc1", for: ProcessCluster.binary, cluster)
        try Self.exchange("dc3", for: previous, cluster)
        try Self.exchange("dc3", for: ProcessCluster.binary, cluster)
        for (number, writer) in writers.enumerated() {
            let (written, failures) = writer.stop()
            #expect(written.count > 10)
            #expect(failures.isEmpty, "writer \(number): \(failures)")
            try cluster.converge()
            let kept = try cluster.export("/workspace/writer\(number)")
            let lost = written.filter { kept[$0] != Data("written".utf8) }
            #expect(lost.isEmpty, "writer \(number) had these acknowledged: \(lost)")
        }
        try cluster.converge()
        #expect(try cluster.export("/workspace/tree") == SampleTree.contents(of: tree.directory))
        for name in ProcessCluster.names { try cluster.done("verify", "--dc", name) }
        let genesis = cluster.nodeDirectory("dc1").appendingPathComponent("genesis.bin").path
        for program in [previous, ProcessCluster.binary] {
            let checked = try cluster.run(program.path, ["verify", "--receipt", receipt, "--genesis", genesis])
            #expect(checked.status == 0, "\(checked.errors)")
        }
    }

    /// Ends a node as an upgrade of its package does, and starts it with another program. It has to serve what the others
    /// have committed, and the others what it has.
    private static func exchange(_ name: String, for binary: URL, _ cluster: ProcessCluster) throws {
        #expect(cluster.terminate(name) == 0, "\(name) does not end in peace: \(cluster.log(name).suffix(500))")
        try cluster.start(name, binary: binary)
        let text = "\(name) runs \(binary.path)"
        try cluster.put(text, at: "/workspace/upgraded/\(name).txt")
        try cluster.converge()
        for other in ProcessCluster.names {
            #expect(try cluster.done("cat", "/workspace/upgraded/\(name).txt", "--dc", other) == text)
        }
    }

    private static func removeIndexes(of node: URL) throws {
        let data = node.appendingPathComponent("data")
        let indexes = try FileManager.default.contentsOfDirectory(atPath: data.path).filter {
            $0.hasPrefix("index.sqlite")
        }
        #expect(!indexes.isEmpty)
        for name in indexes { try FileManager.default.removeItem(at: data.appendingPathComponent(name)) }
    }

    /// The log as it was, and the state that it led to, at one datacentre.
    private static func checkState(_ fixture: UpgradeFixture, at name: String) throws {
        let cluster = fixture.cluster
        let log = try fixture.history(try cluster.done("log", "--json", "--limit", "10000", "--dc", name))
        #expect(try log == fixture.history(try fixture.text("log.json")))
        #expect(log[fixture.op]?.contains(fixture.root) == true)
        let proof = cluster.directory.appendingPathComponent("proof.json")
        let path = "/workspace/main/renamed.py"
        try Data(try cluster.done("prove", path, "--at", String(fixture.op), "--dc", name).utf8).write(to: proof)
        try cluster.done("verify", "--proof", proof.path, "--root", fixture.root)
        try cluster.done("verify", "--dc", name)
        let count = try cluster.done("catalog", "query", "SELECT count(*) FROM entries", "--csv", "--dc", name)
        #expect(try count == cluster.done("catalog", "query", "SELECT count(*) FROM entries", "--csv", "--dc", "dc1"))
        // The search index is made anew beside the node's work.
        let isFound = try Polling.holds(within: 30, every: Polling.questionSeconds) {
            try cluster.done("catalog", "search", "version", "--dc", name).contains("renamed.py")
        }
        #expect(isFound, "the search index of \(name) is not made anew")
    }

    private static func checkContent(_ fixture: UpgradeFixture) throws {
        let cluster = fixture.cluster
        #expect(try cluster.export("/workspace/main") == SampleTree.contents(of: fixture.file("workspace-late")))
        #expect(
            try cluster.export("/tables/main/default/orders") == SampleTree.contents(of: fixture.file("orders"))
        )
        let early = cluster.directory.appendingPathComponent("early")
        try cluster.done("export", "/workspace/main", early.path, "--at", String(fixture.early))
        #expect(try SampleTree.contents(of: early) == SampleTree.contents(of: fixture.file("workspace-early")))
        let chunks = cluster.directory.appendingPathComponent("chunks.csv").path
        try cluster.done("get", "/volumes/main/default/v/chunks.csv", chunks)
        let digest = try cluster.run("/usr/bin/sha256sum", [chunks]).output
        #expect(try digest.hasPrefix(fixture.text("chunks.sha256")))
        let gone = try cluster.tarn(["get", "/volumes/main/default/v/gone.bin", chunks, "--at", fixture.goneOp])
        #expect(gone.status == 3 && gone.errors.contains("retention"), "\(gone.errors)")
    }

    private static func checkProofs(_ fixture: UpgradeFixture) throws {
        let cluster = fixture.cluster
        let genesis = cluster.nodeDirectory("dc3").appendingPathComponent("genesis.bin").path
        for name in ["receipt-early.json", "receipt-late.json"] {
            let said = try cluster.done("verify", "--receipt", fixture.file(name).path, "--genesis", genesis)
            #expect(said.contains("dc1, dc2, dc3"))
        }
        let receipt = cluster.directory.appendingPathComponent("receipt.json")
        try Data(try cluster.done("receipt", String(fixture.early)).utf8).write(to: receipt)
        try cluster.done("verify", "--receipt", receipt.path, "--genesis", genesis)
        let root = try fixture.text("proof-early.root")
        try cluster.done("verify", "--proof", fixture.file("proof-early.json").path, "--root", root)
        try cluster.done("drill", "verify", fixture.drill, "--genesis", genesis)
    }

    private static func checkAccess(_ fixture: UpgradeFixture) throws {
        let cluster = fixture.cluster
        let (reader, writer) = (try fixture.text("reader.token"), try fixture.text("writer.token"))
        let former = try fixture.text("former.token")
        let job = try fixture.text("job.json")
        let number = try #require(try JSONSerialization.jsonObject(with: Data(job.utf8)) as? [String: Any])["job_id"]
        for name in ProcessCluster.names {
            try cluster.done("ls", "/workspace/main", "--token", reader, "--dc", name)
            #expect(try cluster.tarn(["ls", "/tables", "--token", reader, "--dc", name]).status == 3)
            try cluster.done("mkdir", "/workspace/main/by-\(name)", "--token", writer, "--dc", name)
            #expect(try cluster.tarn(["ls", "/workspace", "--token", former, "--dc", name]).status == 3)
            #expect(try Self.secret(cluster, name) == "kept over releases")
            let client = try DatabricksClient(cluster, name)
            let answer = try client.send("/api/2.1/jobs/get?job_id=\(try #require(number as? NSNumber))")
            #expect((try answer.json["settings"] as? [String: Any])?["name"] as? String == "nightly", "\(answer.text)")
        }
    }

    /// The value of the secret of all fixtures.
    private static func secret(_ cluster: ProcessCluster, _ name: String) throws -> String? {
        let answer = try DatabricksClient(cluster, name).send("/api/2.0/secrets/get?scope=upgrade&key=password")
        let value = (try answer.json["value"] as? String).flatMap { Data(base64Encoded: $0) }
        return value.map { String(decoding: $0, as: UTF8.self) }
    }
}
