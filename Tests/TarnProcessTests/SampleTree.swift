import Foundation
import TarnTestKit

/// A folder of notebooks and plain files from a seed: enough variety to notice what is lost or changed on the way.
struct SampleTree {
    let directory: URL

    init(in parent: URL, fileCount: Int, seed: UInt64) throws {
        self.directory = parent.appendingPathComponent("source-\(seed)")
        var random = SplitMix64(seed: seed)
        let names = ["Übersicht Köln", "数据 分析", "plain", "with space", "naïve", "50% #1?"]
        for index in 0..<fileCount {
            let folder = self.directory.appendingPathComponent("team \(index % 7)/\(names[index % names.count])")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            var text = "# Databricks notebook source\n# notebook \(index)\n"
            for line in 0..<Int.random(in: 5...120, using: &random) {
                text += "value_\(line) = \(UInt32.random(in: 0...UInt32.max, using: &random))\n"
            }
            try Data(text.utf8).write(to: folder.appendingPathComponent("note \(index).py"))
        }
        try FileManager.default.createDirectory(
            at: self.directory.appendingPathComponent("empty"),
            withIntermediateDirectories: true
        )
        try Data().write(to: self.directory.appendingPathComponent("zero bytes.txt"))
    }

    /// Relative path to content of every file, and to nil of every empty folder, below `directory`.
    static func contents(of directory: URL) throws -> [String: Data?] {
        var out: [String: Data?] = [:]
        guard let names = FileManager.default.subpaths(atPath: directory.path) else { return out }
        for name in names {
            let url = directory.appendingPathComponent(name)
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else { continue }
            if !isDirectory.boolValue {
                out[name] = try Data(contentsOf: url)
            } else if try FileManager.default.contentsOfDirectory(atPath: url.path).isEmpty {
                out[name] = .some(nil)
            }
        }
        return out
    }
}
