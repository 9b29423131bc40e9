import Foundation
import TarnCore
import Testing

@testable import TarnCatalog

@Suite("Files of the catalog")
struct CatalogFileTests {
    private func filled() async throws -> CatalogFixture {
        let fixture = try await CatalogFixture()
        try await fixture.put([("/workspace/a", "hello"), ("/meta/job/1.json", "{}")])
        return fixture
    }

    @Test("a catalog that is opened again shows the same")
    func reopen() async throws {
        let fixture = try await self.filled()
        let before = try await fixture.contents()
        try await fixture.reopen()
        #expect(fixture.catalog.appliedOp == Op(0))
        #expect(try await fixture.contents() == before)
        try await fixture.put([("/workspace/b", "2")])
        #expect(fixture.catalog.appliedOp == Op(1))
    }

    @Test("a document that was not read before the stop is read after it")
    func unreadAtStop() async throws {
        let fixture = try await self.filled()
        try await fixture.reopen()
        #expect(try await fixture.texts("SELECT json FROM documents") == ["{}"])
    }

    @Test(
        "a file that cannot be used is replaced by an empty one",
        arguments: ["deleted", "garbage", "cut", "older", "foreign"]
    )
    func replaced(harm: String) async throws {
        let fixture = try await self.filled()
        try await fixture.reopen(clusterName: harm == "foreign" ? "other" : "test") { path in
            let url = URL(fileURLWithPath: path)
            switch harm {
            case "deleted": try FileManager.default.removeItem(at: url)
            case "garbage": try Data(repeating: 0x5a, count: 20_000).write(to: url)
            case "cut": try Data(contentsOf: url).prefix(5_000).write(to: url)
            case "older":
                // The format's number stands at byte 60 of an SQLite file, big-endian.
                var bytes = try Data(contentsOf: url)
                bytes.replaceSubrange(60..<64, with: [0, 0, 0, 0])
                try bytes.write(to: url)
            default: break
            }
        }
        #expect(fixture.catalog.appliedOp == nil)
        let header = try #require(fixture.headers.last)
        try await fixture.catalog.beginRebuild()
        try await fixture.catalog.appendRebuild(fixture.entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        try await fixture.catalog.endRebuild(at: header)
        #expect(try await fixture.rows("SELECT count(*) FROM entries") == [[.integer(5)]])
    }

    @Test("damage that shows while serving is reported, and the next start begins empty")
    func damage() async throws {
        let fixture = try await self.filled()
        let many = (0..<2_000).map { ("/workspace/dir\($0 % 50)/file number \($0)", "\($0)") }
        try await fixture.put(many)
        try await fixture.reopen { path in
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            // All but the first pages, which hold the schema and the watermark.
            let start = 20 * 8_192
            bytes.replaceSubrange(start..<bytes.count, with: repeatElement(0xee, count: bytes.count - start))
            try bytes.write(to: URL(fileURLWithPath: path))
        }
        #expect(fixture.catalog.appliedOp == Op(1))
        let result = await code { _ = try await fixture.rows("SELECT sum(length(path) + size) FROM entries") }
        #expect(result == .corrupt)
        #expect(!FileManager.default.fileExists(atPath: fixture.path))
        try await fixture.reopen()
        #expect(fixture.catalog.appliedOp == nil)
    }

    @Test("a rebuild that did not end counts for nothing")
    func unfinishedRebuild() async throws {
        let fixture = try await self.filled()
        try await fixture.catalog.beginRebuild()
        #expect(await code { _ = try await fixture.rows("SELECT 1") } == .busy)
        try await fixture.catalog.appendRebuild([(try NamespacePath("/workspace/zzz"), .directory())])
        let op = try fixture.nextOp([])
        #expect(await code { try await fixture.catalog.apply([op]) } == .busy)
        try await fixture.reopen()
        #expect(fixture.catalog.appliedOp == nil)
        let header = try #require(fixture.headers.last)
        try await fixture.catalog.beginRebuild()
        try await fixture.catalog.endRebuild(at: header)
        #expect(try await fixture.rows("SELECT path FROM entries").isEmpty)
    }

    @Test("everything disposable is named index.sqlite*")
    func names() async throws {
        let fixture = try await self.filled()
        _ = try await fixture.found("hello")
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.directory)
        #expect(names.contains("index.sqlite"))
        #expect(names.contains("index.sqlite-search"))
        #expect(names.allSatisfy { $0.hasPrefix("index.sqlite") })
    }
}
