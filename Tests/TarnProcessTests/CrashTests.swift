import Foundation
import TarnTestKit
import Testing

/// SIGKILL at any moment: what was acknowledged is there, and the roots are equal again.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct CrashTests {
    @Test(arguments: ProcessCluster.names)
    func `killed during an import and started again, a node loses nothing that was acknowledged`(victim: String) throws
    {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let seed: UInt64 = 30
        var random = SplitMix64(seed: seed)
        let tree = try SampleTree(in: cluster.directory, fileCount: 1_500, seed: seed)
        for round in 0..<3 {
            let importer = try Importing(cluster, tree.directory, to: "/workspace/main")
            Thread.sleep(forTimeInterval: Double.random(in: 0.02...0.6, using: &random))
            cluster.kill(victim)
            try cluster.start(victim)
            importer.wait()
            // Whatever became of the interrupted run, the next one completes it.
            try cluster.done("import", tree.directory.path, "/workspace/main")
            try cluster.converge()
            let target = cluster.directory.appendingPathComponent("export-\(round)")
            try cluster.done("export", "/workspace/main", target.path, "--dc", victim)
            #expect(
                try SampleTree.contents(of: target) == SampleTree.contents(of: tree.directory),
                "round \(round), seed \(seed)"
            )
            try cluster.done("rm", "-r", "/workspace/main")
        }
        for name in ProcessCluster.names { try cluster.done("verify", "--dc", name) }
    }

    @Test func `every acknowledged write survives a kill of the primary`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        for round in 0..<4 {
            try cluster.put("round \(round)", at: "/workspace/main/\(round).txt")
            cluster.kill("dc1")
            try cluster.start("dc1")
            for earlier in 0...round {
                #expect(try cluster.done("cat", "/workspace/main/\(earlier).txt", "--dc", "dc1") == "round \(earlier)")
            }
        }
        try cluster.converge()
    }
}

/// An import that runs beside the test.
private final class Importing {
    private let process = Process()

    init(_ cluster: ProcessCluster, _ source: URL, to path: String) throws {
        self.process.executableURL = ProcessCluster.binary
        self.process.arguments = ["import", source.path, path]
        var environment = ProcessInfo.processInfo.environment
        environment["TARN_CONFIG"] = cluster.client
        environment["XDG_STATE_HOME"] = cluster.directory.appendingPathComponent("state").path
        self.process.environment = environment
        self.process.standardOutput = FileHandle.nullDevice
        self.process.standardError = FileHandle.nullDevice
        try self.process.run()
    }

    func wait() {
        self.process.waitUntilExit()
    }
}
