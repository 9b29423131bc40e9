import TarnCore
import Testing

@testable import TarnCatalog

@Suite("Full-text search")
struct CatalogSearchTests {
    private func filled() async throws -> CatalogFixture {
        let fixture = try await CatalogFixture()
        try await fixture.put([
            ("/workspace/a.py", "# Databricks notebook source\nspark.read.table('customer_orders')\n"),
            ("/workspace/b.sql", "-- Databricks notebook source\nSELECT umsätze FROM customer"),
            ("/workspace/c.ipynb", #"{"cells":[{"source":["import péndulo\n"],"outputs":["hidden"]}],"metadata":{}}"#),
            ("/workspace/d.md", "Notes about orders"), ("/workspace/e.bin", "orders\0"),
            ("/volumes/x/y/f.txt", "orders"),
        ])
        return fixture
    }

    @Test(
        "words are found whatever their case and accents",
        arguments: [
            ("customer", ["/workspace/a.py", "/workspace/b.sql"]), ("CUSTOMER umsatze", ["/workspace/b.sql"]),
            ("customer_orders", ["/workspace/a.py"]), ("orders", ["/workspace/a.py", "/workspace/d.md"]),
            ("custom*", ["/workspace/a.py", "/workspace/b.sql"]), ("custom", []), ("Pendulo", ["/workspace/c.ipynb"]),
            ("hidden", []), ("cells", []), ("orders NOT customer", []), ("spark.read", ["/workspace/a.py"]),
            ("\"orders\"", ["/workspace/a.py", "/workspace/d.md"]),
        ] as [(String, [String])]
    )
    func words(words: String, expected: [String]) async throws {
        #expect(try await self.filled().found(words) == expected)
    }

    @Test("a hit shows its language and the line")
    func hit() async throws {
        let fixture = try await self.filled()
        _ = try await fixture.catalog.catchUp()
        let result = try await fixture.catalog.search("UMSÄTZE", limit: 10)
        #expect(result.hits.map(\.language) == ["SQL"])
        #expect(try await fixture.catalog.search("péndulo", limit: 10).hits.map(\.snippet) == ["import péndulo"])
        #expect(result.throughOp == Op(0))
        #expect(result.appliedOp == Op(0))
    }

    @Test("hits follow renames at once, and deleted files are gone")
    func renames() async throws {
        let fixture = try await self.filled()
        _ = try await fixture.catalog.catchUp()
        let entry = try #require(fixture.entries[try NamespacePath("/workspace/a.py")])
        try await fixture.apply([("/workspace/a.py", nil), ("/workspace/ä.py", entry), ("/workspace/copy.py", entry)])
        let result = try await fixture.catalog.search("customer_orders", limit: 10)
        #expect(result.hits.map(\.path.string).sorted() == ["/workspace/copy.py", "/workspace/ä.py"])
        #expect(result.throughOp == Op(0))
        #expect(result.appliedOp == Op(1))
        try await fixture.apply([("/workspace/ä.py", nil), ("/workspace/copy.py", nil)])
        #expect(try await fixture.catalog.search("customer_orders", limit: 10).hits.isEmpty)
        try await fixture.put([("/workspace/new.txt", "brand new customer_orders")])
        #expect(try await fixture.found("customer_orders") == ["/workspace/new.txt"])
        #expect(try await fixture.catalog.search("brand", limit: 1).throughOp == Op(3))
    }

    @Test("what a restart interrupted is indexed after it, and what could not be read is tried again")
    func resume() async throws {
        let fixture = try await self.filled()
        try await fixture.reopen()
        #expect(try await fixture.found("umsätze") == ["/workspace/b.sql"])
        let lost = try fixture.content.file(Array("verschollen".utf8), at: "/workspace/lost")
        fixture.content.lose(lost)
        try await fixture.apply([("/workspace/lost", lost)])
        #expect(try await fixture.found("verschollen").isEmpty)
        #expect(try await fixture.catalog.search("umsätze", limit: 1).throughOp == Op(0))
        _ = try fixture.content.file(Array("verschollen".utf8), at: "/workspace/lost")
        #expect(try await fixture.found("verschollen") == ["/workspace/lost"])
        #expect(try await fixture.catalog.search("umsätze", limit: 1).throughOp == Op(1))
    }

    @Test("text of deleted files makes room once it outweighs the rest")
    func deadText() async throws {
        let fixture = try await CatalogFixture()
        let files = (0..<1_200).map { ("/workspace/f\($0)", "word\($0) common") }
        try await fixture.put(files)
        #expect(try await fixture.found("word7") == ["/workspace/f7"])
        try await fixture.apply(files.dropFirst(5).map { ($0.0, nil) })
        #expect(try await fixture.catalog.search("common", limit: 3).hits.count == 3)
        try await fixture.reopen()
        #expect(try await fixture.found("common").count == 5)
        #expect(try await fixture.catalog.searchIndex?.indexedCount == 5)
    }

    @Test(
        "what is no search is refused",
        arguments: ["", "  ", "*", "\"\"", "+-", String(repeating: "a ", count: 600)]
    )
    func refused(words: String) async throws {
        let fixture = try await self.filled()
        #expect(await code { _ = try await fixture.catalog.search(words, limit: 10) } == .rejected)
        #expect(await code { _ = try await fixture.catalog.search("a", limit: 0) } == .rejected)
    }

    @Test("search can be switched off")
    func disabled() async throws {
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        try await fixture.put([("/workspace/a", "x")])
        #expect(try await fixture.catalog.catchUp())
        #expect(await code { _ = try await fixture.catalog.search("x", limit: 1) } == .searchDisabled)
    }

    @Test("background work indexes what is applied, and ends with the catalog")
    func background() async throws {
        let fixture = try await self.filled()
        let catalog = fixture.catalog
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await catalog.runBackgroundWork() }
            while try await catalog.search("customer", limit: 1).throughOp == nil { await Task.yield() }
            #expect(try await catalog.search("customer", limit: 10).hits.count == 2)
            try await catalog.close()
            try await group.waitForAll()
        }
    }
}
