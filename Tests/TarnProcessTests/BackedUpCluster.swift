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

    /// What `tarn backup --json` tells: the state that was taken, and the figures.
    struct Made {
        let op: UInt64
        let root: String
        private let figures: [String: Int]

        init(json: String) throws {
            let read = try JSONSerialization.jsonObject(with: Data(json.utf8))
            let document = try #require(read as? [String: Any])
            self.figures = document.compactMapValues { ($0 as? NSNumber)?.intValue }
            self.op = UInt64(try #require(self.figures["op"]))
            self.root = try #require(document["root"] as? String)
        }

        /// A figure by its name, 0 where it was not told.
        subscript(name: String) -> Int { self.figures[name] ?? 0 }
    }

    func backUp(to place: String, _ wishes: [String] = [], environment: [String: String] = [:]) throws -> Made {
        try self.cluster.converge()
        return try Made(json: self.cluster.tool(["backup", "--to", place, "--json"] + wishes, environment))
    }
}
