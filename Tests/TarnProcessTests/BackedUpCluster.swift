import Foundation
import TarnTestKit
import Testing

/// Three nodes with notebooks and a file in chunks.
struct BackedUpCluster {
    let cluster: ProcessCluster
    let large: String
    private static let largeBytesCount = 21 << 20

    init() throws {
        self.cluster = try ProcessCluster()
        self.large = self.cluster.directory.appendingPathComponent("large.bin").path
        do {
            for name in ProcessCluster.names { try self.cluster.start(name) }
            let tree = try SampleTree(in: self.cluster.directory, fileCount: 60, seed: 11)
            try self.cluster.done("import", tree.directory.path, "/workspace/main")
            var random = SplitMix64(seed: 12)
            let words = (0..<Self.largeBytesCount / 8).map { _ in random.next() }
            try words.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: self.large)) }
            try self.cluster.done("put", self.large, "/volumes/main/default/v/large.bin")
            try self.cluster.converge()
        } catch {
            self.cluster.stop()
            throw error
        }
    }

    var genesis: String { self.cluster.nodeDirectory("dc2").appendingPathComponent("genesis.bin").path }

    /// The figures that `tarn backup --json` tells.
    func backUp(
        to place: String,
        _ wishes: [String] = [],
        environment: [String: String] = [:]
    ) throws -> [String: Int] {
        try self.cluster.converge()
        let text = try self.cluster.tool(["backup", "--to", place, "--json"] + wishes, environment)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        return document.compactMapValues { ($0 as? NSNumber)?.intValue }
    }
}
