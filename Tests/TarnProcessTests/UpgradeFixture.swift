import Foundation
import Testing

/// Data folders that an earlier release left behind, with what it said about them (`ops/fixtures`).
struct UpgradeFixture {
    let cluster: ProcessCluster
    /// The last op that the earlier release committed, and the root after it.
    let op: UInt64
    let root: String
    /// An op before deletes and moves, and one after them.
    let early: UInt64
    let late: UInt64
    let drill: String
    /// Takes away what collects garbage, and cannot be read since.
    let goneOp: String

    /// One archive for each release whose data must be read.
    static var archives: [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        return (names ?? []).filter { $0.hasSuffix(".tar.xz") }.sorted()
    }

    private static var folder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../ops/fixtures")
            .standardizedFileURL
    }

    /// Unpacks an archive for addresses of its own, and starts nothing.
    init(_ archive: String) throws {
        self.cluster = try ProcessCluster(unpacking: Self.folder.appendingPathComponent(archive))
        do {
            let said = self.cluster.directory.appendingPathComponent("said")
            let bytes = try Data(contentsOf: said.appendingPathComponent("said.json"))
            let values = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: String])
            self.op = try #require(values["op"].flatMap { UInt64($0) })
            self.root = try #require(values["root"])
            self.early = try #require(values["early"].flatMap { UInt64($0) })
            self.late = try #require(values["late"].flatMap { UInt64($0) })
            self.drill = try #require(values["drill"])
            self.goneOp = try String(contentsOf: said.appendingPathComponent("gone.op"), encoding: .utf8)
            try self.cluster.replaceHost(try #require(values["host"]))
        } catch {
            self.cluster.stop()
            throw error
        }
    }

    var backups: String { "file://" + self.cluster.directory.appendingPathComponent("backup").path }

    /// Where what the earlier release said lies.
    func file(_ name: String) -> URL {
        self.cluster.directory.appendingPathComponent("said/\(name)")
    }

    /// What the earlier release said, without the line's end.
    func text(_ name: String) throws -> String {
        try String(contentsOf: self.file(name), encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Hash and root of each op up to the last one of the earlier release, as `log` lists them.
    func history(_ log: String) throws -> [UInt64: [String]] {
        let document = try JSONSerialization.jsonObject(with: Data(log.utf8)) as? [String: Any]
        var out: [UInt64: [String]] = [:]
        for row in try #require(document?["entries"] as? [[String: Any]]) {
            let op = try #require(row["op"] as? NSNumber).uint64Value
            guard op <= self.op else { continue }
            out[op] = ["hash", "parent", "root", "time", "author", "request"].map { row[$0] as? String ?? "" }
        }
        return out
    }
}
