import Foundation
import TarnTestKit
import Testing

/// Backups of a cluster that runs, and clusters made from them.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct BackupTests {
    @Test func `a folder of backups brings back any op, with its root, history and contents`() throws {
        let source = try BackedUpCluster()
        defer { source.cluster.stop() }
        let place = "file://" + source.cluster.directory.appendingPathComponent("backups").path
        let first = try source.backUp(to: place)
        #expect(first["copied_segments"] == first["segments"])
        let tree = try source.cluster.export("/workspace/main")
        let (early, earlyRoot) = try source.cluster.head()
        try source.cluster.done("rm", "-r", "/workspace/main/team 1")
        try source.cluster.put("later", at: "/workspace/main/later.txt")
        let second = try source.backUp(to: place)
        #expect(second["copied_segments"] < second["segments"], "\(second)")
        let (late, lateRoot) = try source.cluster.head()
        let again = try source.backUp(to: place)
        // That somebody made a backup is in the audit log, and so in the next one.
        #expect(again["copied_bytes"] < 64 << 10, "\(again)")

        let now = try RestoredCluster(["--from", place, "--genesis", source.genesis])
        defer { now.cluster.stop() }
        try now.cluster.converge()
        #expect(try now.cluster.done("log", "--json").contains(lateRoot))
        #expect(try now.cluster.done("cat", "/workspace/main/later.txt") == "later")
        #expect(try now.cluster.done("log", "--json").contains(earlyRoot))
        let large = now.cluster.directory.appendingPathComponent("large").path
        try now.cluster.done("get", "/volumes/main/default/v/large.bin", large)
        #expect(FileManager.default.contentsEqual(atPath: large, andPath: source.large))
        try now.cluster.put("new", at: "/workspace/main/after.txt")
        try now.cluster.converge()
        #expect(try now.cluster.head().op > late)
        for name in ProcessCluster.names { try now.cluster.done("verify", "--dc", name) }
        try now.cluster.done("receipt", String(late))
        #expect(try now.cluster.done("orphans", "list").contains("later.txt") == false)

        let before = try RestoredCluster(["--from", place, "--at", String(early)])
        defer { before.cluster.stop() }
        #expect(try before.cluster.converge() == earlyRoot)
        #expect(try before.cluster.export("/workspace/main") == tree)
    }

    @Test func `what is damaged, missing or of another cluster is refused by the name of its object`() throws {
        let source = try BackedUpCluster()
        defer { source.cluster.stop() }
        let folder = source.cluster.directory.appendingPathComponent("backups")
        let place = "file://\(folder.path)"
        _ = try source.backUp(to: place)
        let strange = try ProcessCluster(count: 1)
        defer { strange.stop() }
        try strange.start("dc1")
        let foreign = try strange.tarn(["backup", "--to", place])
        #expect(foreign.status == 3 && foreign.errors.contains("tarn-backup.json"), "\(foreign.errors)")
        let genesis = strange.nodeDirectory("dc1").appendingPathComponent("genesis.bin").path
        #expect(try Self.refusal(source, ["--from", place, "--genesis", genesis]).contains("not of"))
        #expect(try Self.refusal(source, ["--from", place, "--at", "999999"]).contains("is in no backup"))

        let objects = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.contains(".") }
            .sorted()
        #expect(objects.count > 3)
        for object in objects {
            let file = folder.appendingPathComponent(object)
            let bytes = try Data(contentsOf: file)
            var damaged = bytes
            // Whatever its place: JSON is damaged in a digit of a hash or key, segments anywhere.
            let position = object.hasSuffix(".json") ? 20 : bytes.count / 2
            damaged[position] ^= 0x11
            try damaged.write(to: file)
            #expect(try Self.refusal(source, ["--from", place]).contains(object), "\(object)")
            try FileManager.default.removeItem(at: file)
            let missing = try Self.refusal(source, ["--from", place])
            #expect(missing.contains(object) || object.hasPrefix("roots/"), "\(object): \(missing)")
            try bytes.write(to: file)
        }
        let whole = try RestoredCluster(["--from", place])
        whole.cluster.stop()
    }

    @Test func `a file that the backup lacks keeps nothing else from being restored`() throws {
        let source = try ProcessCluster(count: 1)
        defer { source.stop() }
        try source.start("dc1")
        // Bytes that do not shrink are stored as they are.
        var random = SplitMix64(seed: 5)
        let texts = (0..<2).map { _ in Data((0..<9).flatMap { _ in withUnsafeBytes(of: random.next(), Array.init) }) }
            .map { $0.base64EncodedString() }
        for (number, text) in texts.enumerated() { try source.put(text, at: "/workspace/\(number).txt") }
        let folder = source.nodeDirectory("dc1").appendingPathComponent("data/segments/small")
        let segments = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        for segment in segments {
            guard let place = try Data(contentsOf: segment).range(of: Data(texts[0].utf8)) else { continue }
            let file = try FileHandle(forWritingTo: segment)
            try file.seek(toOffset: UInt64(place.lowerBound))
            try file.write(contentsOf: Data("damaged".utf8))
            try file.close()
        }
        let place = "file://" + source.directory.appendingPathComponent("backups").path
        _ = try source.tool(["backup", "--to", place], [:])
        let target = source.directory.appendingPathComponent("named").path
        let restore = ["restore", target, "--from", place, "--dc", "dc1=127.0.0.1:7999,127.0.0.1:8999"]
        let told = try source.tarn(restore)
        #expect(told.status == 1 && told.errors.contains("/workspace/0.txt"), "\(told.errors)")
        #expect(!told.errors.contains("/workspace/1.txt"))
        let restored = try ProcessCluster(count: 1, restoring: ["--from", place], status: 1)
        defer { restored.stop() }
        try restored.start("dc1")
        #expect(try restored.done("cat", "/workspace/1.txt") == texts[1])
        let export = try restored.tarn(["export", "/workspace", source.directory.appendingPathComponent("out").path])
        #expect(export.status == 1 && export.errors.contains("0.txt"), "\(export.errors)")
        try restored.put(texts[0], at: "/workspace/0.txt")
        #expect(try restored.done("cat", "/workspace/0.txt") == texts[0])
    }

    @Test(.enabled(if: Self.rclone != nil, "needs rclone, which 'ops/setup test' installs"))
    func `a bucket of an S3 service takes backups and gives them back`() throws {
        let source = try BackedUpCluster()
        defer { source.cluster.stop() }
        let service = try S3Service(rclone: try #require(Self.rclone), in: source.cluster.directory)
        defer { service.stop() }
        let place = "s3://mirror/clusters/one"
        let first = try source.backUp(to: place, environment: service.environment)
        #expect(first["copied_bytes"] > 20 << 20, "segments large enough to go in parts")
        try source.cluster.put("later", at: "/workspace/main/later.txt")
        let second = try source.backUp(to: place, environment: service.environment)
        #expect(second["copied_segments"] > 0 && second["copied_segments"] < second["segments"])
        let kept = try source.backUp(to: place, ["--keep", "1"], environment: service.environment)
        #expect(kept["removed_objects"] > 0)
        let listed = try source.cluster.tool(["restore", "--list", "--from", place], service.environment)
        let rows = listed.split(separator: "\n").dropFirst().map { $0.split(separator: " ").map(String.init) }
        #expect(rows.map { $0[0] } == [String(kept.op)], "\(listed)")
        let document = try source.cluster.tool(["restore", "--list", "--json", "--from", place], service.environment)
        let list = try JSONSerialization.jsonObject(with: Data(document.utf8)) as? [String: [[String: Any]]]
        #expect(list?["backups"]?.count == 1, "\(document)")
        let none = try source.cluster.tarn(["restore", "--list", "--from", "file:///tmp/tarn-no-such-place"])
        #expect(none.status == 3 && none.errors.contains("holds no backups"), "\(none.errors)")
        let denied = try source.cluster.run(
            ProcessCluster.binary.path,
            ["restore", "--list", "--from", place],
            environment: service.environment.merging(["AWS_SECRET_ACCESS_KEY": "wrong"]) { $1 }
        )
        #expect(denied.status == 3, "\(denied.errors)")
        let restored = try RestoredCluster(["--from", place], environment: service.environment)
        defer { restored.cluster.stop() }
        // Not what the source's head is: that somebody made a backup is written there some time later.
        #expect(try restored.cluster.converge() == kept.root)
    }

    /// What a restore that has to fail says. It must leave nothing.
    private static func refusal(_ source: BackedUpCluster, _ wishes: [String]) throws -> String {
        let target = source.cluster.directory.appendingPathComponent("refused").path
        let result = try source.cluster.tarn(
            ["restore", target, "--dc", "dc1=127.0.0.1:7999,127.0.0.1:8999"] + wishes
        )
        #expect(result.status == 1 || result.status == 3, "\(result.status) \(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: target))
        return result.errors
    }

    /// Where `ops/setup test` puts it, or any other.
    private static var rclone: String? {
        let tools = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../.build/tools/bin/rclone"
        ).standardizedFileURL.path
        return [tools, "/usr/bin/rclone"].first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
