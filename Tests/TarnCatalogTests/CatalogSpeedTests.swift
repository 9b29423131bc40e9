import Foundation
import TarnCore
import TarnTestKit
import Testing

@testable import TarnCatalog

/// Measures, rather than tests: `TARN_MEASURE=1 swift test -c release --filter CatalogSpeed` prints figures.
@Suite("Speed of the catalog", .serialized, .enabled(if: ProcessInfo.processInfo.environment["TARN_MEASURE"] != nil))
struct CatalogSpeedTests {
    private static let notebookCount = 70_000

    private func filled(isSearchEnabled: Bool) async throws -> (CatalogFixture, [String]) {
        let fixture = try await CatalogFixture(isSearchEnabled: isSearchEnabled)
        try await fixture.apply([("/workspace", .directory()), ("/workspace/consultancy", .directory())])
        var paths: [String] = []
        var ops: [AppliedOp] = []
        var random = SplitMix64(seed: 1)
        for batch in 0..<35 {
            var changes: [(String, Entry?)] = []
            for directory in 0..<20 {
                let parent = "/workspace/consultancy/project number \(100 + batch)/team \(100 + directory)"
                if directory == 0 {
                    changes.append(("/workspace/consultancy/project number \(100 + batch)", .directory()))
                }
                changes.append((parent, .directory()))
                for file in 0..<100 {
                    let path = "\(parent)/quarterly report notebook \(100 + file).py"
                    let attributes = try Attributes([
                        "kind": "notebook", "language": "PYTHON", "format": "SOURCE",
                        "object_id": "\(batch * 16_384 + file)",
                        "created_at": "1700000000000000", "modified_at": "1700000000000000000",
                    ])
                    let content = Digest(words: random.next(), random.next(), random.next(), random.next())
                    changes.append((path, try Entry.file(content: content, size: 8_192, attributes: attributes)))
                    paths.append(path)
                }
            }
            ops.append(try fixture.nextOp(changes))
        }
        let start = ContinuousClock.now
        for op in ops { try await fixture.catalog.apply([op]) }
        let elapsed = ContinuousClock.now - start
        print("apply: \(Self.notebookCount) entries in \(elapsed), \(elapsed / Self.notebookCount) each")
        return (fixture, paths)
    }

    @Test("applying 70,000 entries, and looking them up")
    func applyAndLookUp() async throws {
        let (fixture, paths) = try await self.filled(isSearchEnabled: true)
        let size = try FileManager.default.attributesOfItem(atPath: fixture.path)[.size] ?? 0
        print("file: \(size) bytes")
        let catalog = fixture.catalog
        for tasks in [1, 4, 16] {
            let start = ContinuousClock.now
            let each = 40_000 / tasks
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<tasks {
                    group.addTask {
                        for index in 0..<each {
                            let path = paths[(index * 7_919 + task * 1_000) % paths.count]
                            let rows = try await catalog.query(
                                "SELECT kind, size, content FROM entries WHERE path = ?",
                                parameters: [.text(path)]
                            ).rows
                            #expect(rows.count == 1)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let elapsed = ContinuousClock.now - start
            print("look-ups, \(tasks) tasks: \(Int(40_000 / (elapsed / .seconds(1)))) a second")
        }
        for sql in [
            "SELECT count(*) FROM entries",
            "SELECT name FROM entries WHERE parent = '/workspace/consultancy/project number 110/team 105'",
            "SELECT language, count(*) FROM notebooks GROUP BY language",
            "SELECT path FROM entries WHERE created_at > '2026-01-01'",
        ] {
            let start = ContinuousClock.now
            let count = try await catalog.query(sql).rows.count
            print("\(sql): \(count) rows in \(ContinuousClock.now - start)")
        }
    }

    @Test("rebuilding with 70,000 entries")
    func rebuild() async throws {
        let (fixture, _) = try await self.filled(isSearchEnabled: false)
        let sorted = fixture.entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let start = ContinuousClock.now
        try await fixture.catalog.beginRebuild()
        for first in stride(from: 0, to: sorted.count, by: 4_000) {
            try await fixture.catalog.appendRebuild(Array(sorted[first...].prefix(4_000)))
        }
        let header = try #require(fixture.headers.last)
        try await fixture.catalog.endRebuild(at: header, history: fixture.headers)
        print("rebuild: \(ContinuousClock.now - start)")
        let count = try await fixture.rows("SELECT count(*) FROM entries")
        #expect(count == [[.integer(Int64(sorted.count))]])
    }

    @Test("indexing and searching 10,000 notebooks of 8 KB")
    func search() async throws {
        let fixture = try await CatalogFixture()
        var random = SplitMix64(seed: 2)
        let vocabulary = (0..<5_000).map { "word\($0 * 7_919 % 100_003)" }
        for batch in 0..<10 {
            let files = (0..<1_000).map { index -> (String, String) in
                var text = "# Databricks notebook source\n"
                while text.utf8.count < 8_192 {
                    text += random.pick(vocabulary) + (random.chance(percent: 10) ? "\n" : " ")
                }
                return ("/workspace/b\(batch)/n\(index).py", text)
            }
            try await fixture.put(files)
        }
        var start = ContinuousClock.now
        _ = try await fixture.catalog.catchUp()
        print("index: 82 MB in \(ContinuousClock.now - start)")
        let size = try FileManager.default.attributesOfItem(atPath: fixture.path + "-search")[.size] ?? 0
        print("search file: \(size) bytes")
        for words in ["word7919", "word7919 word15838 word23757"] {
            start = ContinuousClock.now
            let hits = try await fixture.catalog.search(words, limit: 20).hits.count
            print("search '\(words)': \(hits) hits in \(ContinuousClock.now - start)")
            #expect(hits > 0)
        }
    }
}
