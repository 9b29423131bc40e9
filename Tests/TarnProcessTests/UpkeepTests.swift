import Foundation
import Testing

/// Collection and scrub with real processes.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct UpkeepTests {
    /// A store's clock counts whole seconds.
    private static let clockSeconds = 1.1

    private static func noise(_ count: Int, seed: UInt64) -> Data {
        var state = seed
        return Data(
            (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
        )
    }

    private static func segmentBytes(_ cluster: ProcessCluster, _ name: String) throws -> Int {
        let folder = cluster.nodeDirectory(name).appendingPathComponent("data/segments")
        var bytes = 0
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent(path).path)
            if attributes[.type] as? FileAttributeType == .typeRegular { bytes += attributes[.size] as? Int ?? 0 }
        }
        return bytes
    }

    /// Whether a datacentre says that it misses nothing of what it has committed.
    private static func isComplete(_ cluster: ProcessCluster, _ name: String) throws -> Bool {
        let status = try cluster.done("status", "--json", "--dc", name)
        let json = try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any]
        let row = (json?["datacenters"] as? [[String: Any]])?.first { $0["dc"] as? String == name }
        return row?["missing_bytes"] as? Int == 0 && row?["prefix_complete"] as? Int == row?["commit"] as? Int
    }

    @Test func `what retention lets go returns its space on every datacentre, and the rest survives a restart`() throws
    {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let file = cluster.directory.appendingPathComponent("a.bin")
        for number in 0..<8 {
            try Self.noise(700_000, seed: UInt64(number)).write(to: file)
            try cluster.done("put", file.path, "/workspace/main/f\(number % 2).bin")
        }
        let policy = cluster.directory.appendingPathComponent("retention.json")
        try Data(#"{"every_op_days": 0, "daily_days": 0}"#.utf8).write(to: policy)
        try cluster.converge()
        // Nothing goes by the standard policy.
        #expect(try cluster.done("gc", "--dry-run", "--now", "--staged", "0").contains("Now, 0 could be removed"))
        try cluster.done("put", policy.path, "/meta/policy/retention.json")
        try cluster.converge()
        let before = try ProcessCluster.names.map { try Self.segmentBytes(cluster, $0) }
        // What was stored in the second in which a collection begins stays, whatever it is asked for.
        Thread.sleep(forTimeInterval: Self.clockSeconds)
        let first = try cluster.done("gc", "run", "--now", "--staged", "0")
        try cluster.converge()
        try cluster.done("gc", "run", "--now", "--staged", "0")
        #expect(first.components(separatedBy: "Removed 6; 4.20 MB returned").count == 4, "\(first)")
        for (name, old) in zip(ProcessCluster.names, before) {
            let new = try Self.segmentBytes(cluster, name)
            // A segment that was begun meanwhile has up to 4 MiB of zeros behind its last batch.
            #expect(new < old - 2_500_000, "\(name): \(old) bytes before, \(new) after\n\(first)")
            // The audit log may have written one more meanwhile.
            let isSound = (3...4).contains { first.contains("\(name): \($0) of \($0 + 6) blobs are needed") }
            #expect(isSound, "\(first)")
        }
        let gone = try cluster.tarn(["get", "/workspace/main/f1.bin", file.path, "--at", "3"])
        #expect(gone.status == 3 && gone.errors.contains("retention"))
        for name in ProcessCluster.names { try cluster.done("scrub", "--now", "--dc", name) }
        for name in ProcessCluster.names { cluster.kill(name) }
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.converge()
        for number in 0..<2 {
            try cluster.done("get", "/workspace/main/f\(number).bin", file.path, "--dc", "dc2")
            #expect(try Data(contentsOf: file) == Self.noise(700_000, seed: UInt64(6 + number)))
        }
        for name in ProcessCluster.names { try cluster.done("verify", "--dc", name) }

        // What is gone everywhere is not missed by a datacentre that begins anew.
        cluster.kill("dc3")
        try FileManager.default.removeItem(at: cluster.nodeDirectory("dc3").appendingPathComponent("data"))
        try cluster.start("dc3")
        try cluster.converge()
        let isComplete = try Polling.holds(within: 20, every: Polling.questionSeconds) {
            try Self.isComplete(cluster, "dc3")
        }
        let status = try cluster.done("status", "--dc", "dc3")
        #expect(isComplete, "\(status)")
        try cluster.done("verify", "--dc", "dc3")
    }

    @Test func `what was stored in haste takes fewer bytes once it is compressed harder, and reads as before`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let file = cluster.directory.appendingPathComponent("a.py")
        let noise = Self.noise(60_000, seed: 5)
        let words = ["select", "from", "where", "display", "spark.table", "client", "threshold", "run_date", "\n"]
        let text = Data(noise.map { words[Int($0) % words.count] }.joined(separator: " ").utf8)
        try text.write(to: file)
        try cluster.done("put", file.path, "/workspace/main/a.py")
        try cluster.converge()
        let answer = try cluster.done("gc", "run", "--now", "--recompress")
        #expect(answer.components(separatedBy: "were compressed harder").count == 4, "\(answer)")
        try cluster.converge()
        for name in ProcessCluster.names {
            cluster.kill(name)
            try cluster.start(name)
        }
        try cluster.converge()
        for name in ProcessCluster.names {
            try cluster.done("get", "/workspace/main/a.py", file.path, "--dc", name)
            #expect(try Data(contentsOf: file) == text)
            try cluster.done("verify", "--dc", name)
        }
        #expect(try cluster.tarn(["gc", "--dry-run", "--recompress"]).status == 2)
    }

    @Test func `a damaged file is named, and healed from another datacentre`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let content = Self.noise(300_000, seed: 77)
        let file = cluster.directory.appendingPathComponent("a.bin")
        try content.write(to: file)
        try cluster.done("put", file.path, "/workspace/main/precious.bin")
        try cluster.converge()
        try Self.damage(cluster, "dc2", content)
        let result = try cluster.done("scrub", "--now", "--dc", "dc2")
        #expect(result.contains("healed") && result.contains("/workspace/main/precious.bin"))
        try cluster.done("get", "/workspace/main/precious.bin", file.path, "--dc", "dc2")
        #expect(try Data(contentsOf: file) == content)
        try cluster.done("verify", "--dc", "dc2")
    }

    @Test func `without another datacentre damage stands in the status until the content is put again`() throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        try cluster.start("dc1")
        let content = Self.noise(300_000, seed: 78)
        let file = cluster.directory.appendingPathComponent("a.bin")
        try content.write(to: file)
        try cluster.done("put", file.path, "/workspace/main/precious.bin")
        try Self.damage(cluster, "dc1", content)
        let result = try cluster.tarn(["scrub", "--now"])
        #expect(result.status == 1 && result.output.contains("damaged"))
        #expect(try cluster.done("status").contains("/workspace/main/precious.bin"))
        try cluster.done("put", file.path, "/workspace/main/copy.bin")
        #expect(try cluster.done("scrub", "--now").contains("sound"))
        #expect(try !cluster.done("status").contains("precious"))
    }

    /// Flips a bit in the middle of `content` where the node keeps it.
    private static func damage(_ cluster: ProcessCluster, _ name: String, _ content: Data) throws {
        let folder = cluster.nodeDirectory(name).appendingPathComponent("data/segments/small")
        for path in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let bytes = try Data(contentsOf: path)
            guard let range = bytes.range(of: content) else { continue }
            let place = range.lowerBound + content.count / 2
            let handle = try FileHandle(forWritingTo: path)
            defer { try? handle.close() }
            try handle.seek(toOffset: UInt64(place))
            try handle.write(contentsOf: Data([bytes[place] ^ 0x10]))
            return
        }
        Issue.record("\(name) does not hold the content as it came")
    }
}
