import Foundation
import TarnTestKit
import Testing

/// Three nodes with notebooks and a file in chunks.
struct Source {
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
            _ = try self.cluster.converge()
        } catch {
            self.cluster.stop()
            throw error
        }
    }

    var genesis: String { self.cluster.nodeDirectory("dc2").appendingPathComponent("genesis.bin").path }

    func put(_ text: String, _ path: String, in cluster: ProcessCluster? = nil) throws {
        let cluster = cluster ?? self.cluster
        let file = cluster.directory.appendingPathComponent("put")
        try Data(text.utf8).write(to: file)
        try cluster.done("put", file.path, path)
    }

    /// The figures that `tarn backup --json` tells.
    func backUp(
        to place: String,
        _ wishes: [String] = [],
        environment: [String: String] = [:]
    ) throws -> [String: Int] {
        _ = try self.cluster.converge()
        let text = try self.cluster.tool(["backup", "--to", place, "--json"] + wishes, environment)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        return document.compactMapValues { ($0 as? NSNumber)?.intValue }
    }

    func head() throws -> (op: UInt64, root: String) { try self.cluster.head() }

    func export(_ path: String) throws -> [String: Data?] { try self.cluster.export(path) }
}

/// Three nodes made from a backup, and running.
struct Restored {
    let cluster: ProcessCluster

    init(_ wishes: [String], environment: [String: String] = [:]) throws {
        self.cluster = try ProcessCluster(restoring: wishes, environment: environment)
        do {
            for name in ProcessCluster.names { try self.cluster.start(name) }
        } catch {
            self.cluster.stop()
            throw error
        }
    }

    func head() throws -> (op: UInt64, root: String) { try self.cluster.head() }

    func export(_ path: String) throws -> [String: Data?] { try self.cluster.export(path) }
}

extension ProcessCluster {
    /// Op and root that all datacentres agree on.
    func head() throws -> (op: UInt64, root: String) {
        let root = try self.converge()
        let head = try #require(try self.heads().values.first)
        return (head.commit, root)
    }

    func export(_ path: String) throws -> [String: Data?] {
        let target = self.directory.appendingPathComponent("export-\(UUID().uuidString)")
        try self.done("export", path, target.path)
        return try SampleTree.contents(of: target)
    }

    /// Runs a command that has to succeed, with more in its environment.
    func tool(_ arguments: [String], _ environment: [String: String]) throws -> String {
        let result = try self.run(Self.binary.path, arguments, environment: environment)
        guard result.status == 0 else {
            throw Failure(description: "tarn \(arguments.joined(separator: " ")): \(result.status) \(result.errors)")
        }
        return result.output
    }
}
