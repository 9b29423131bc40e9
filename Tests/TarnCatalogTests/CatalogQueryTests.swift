import TarnCore
import Testing

@testable import TarnCatalog

@Suite("Queries of strangers")
struct CatalogQueryTests {
    private func fixture(_ change: (inout Catalog.Configuration) -> Void = { _ in }) async throws -> CatalogFixture {
        let fixture = try await CatalogFixture(isSearchEnabled: false, change)
        try await fixture.put([("/workspace/a", "x"), ("/workspace/b", "y")])
        return fixture
    }

    @Test("totals count paths and bytes of each kind, and no directories")
    func totals() async throws {
        let fixture = try await self.fixture()
        #expect(try await fixture.catalog.kindTotals() == [.init(kind: "file", pathsCount: 2, bytesCount: 2)])
        let notebook = try Entry.file(
            content: Digest(words: 1, 2, 3, 4),
            size: 1_000,
            attributes: Attributes([Attributes.Key.kind: "notebook"])
        )
        try await fixture.apply([("/workspace/n", notebook), ("/workspace/m", notebook), ("/workspace/b", nil)])
        #expect(
            try await fixture.catalog.kindTotals() == [
                .init(kind: "notebook", pathsCount: 2, bytesCount: 2_000),
                .init(kind: "file", pathsCount: 1, bytesCount: 1),
            ]
        )
    }

    private static let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"

    @Test(
        "what is not one SELECT over the views is refused",
        arguments: [
            ("INSERT INTO entries VALUES (1)", .rejected), ("DELETE FROM entry", .rejected),
            ("UPDATE entry SET size = 0", .rejected), ("CREATE TABLE t (a)", .rejected),
            ("CREATE TEMP TABLE t (a)", .rejected), ("DROP VIEW entries", .rejected), ("BEGIN", .rejected),
            ("COMMIT", .rejected), ("SAVEPOINT s", .rejected), ("VACUUM", .rejected),
            ("VACUUM INTO '/tmp/x'", .rejected),
            ("ANALYZE", .rejected), ("REINDEX", .rejected), ("ATTACH '/tmp/x.sqlite' AS x", .rejected),
            ("DETACH temp", .rejected), ("PRAGMA journal_mode", .rejected), ("PRAGMA writable_schema = 1", .rejected),
            ("SELECT * FROM pragma_table_info('entry')", .rejected), ("SELECT load_extension('/tmp/x')", .rejected),
            ("SELECT sqlite_source_id()", .rejected), ("SELECT randomblob(10)", .rejected),
            ("SELECT 1; SELECT 2", .rejected), ("SELECT 1; DROP TABLE entry", .rejected),
            ("SELECT 1; nonsense", .rejected),
            ("SELECT * FROM sqlite_schema", .rejected), ("SELECT * FROM temp.sqlite_master", .rejected),
            ("SELECT path FROM entry", .rejected), ("SELECT count(*) FROM entry", .rejected),
            ("SELECT op FROM state", .rejected), ("SELECT * FROM nothing_here", .rejected),
            ("SELECT * FROM dbstat", .rejected),
            ("SELECT (SELECT count(*) FROM document)", .rejected), ("SELECT * FROM datacenters_version", .rejected),
            ("", .syntax), ("  -- only a comment", .syntax), ("SELEC 1", .syntax),
            ("SELECT nope FROM entries", .syntax),
            ("SELECT \"nope\" FROM entries", .syntax), ("SELECT abs(1, 2)", .syntax), ("SELECT 1\0", .syntax),
            ("SELECT ?", .rejected), ("SELECT 'a' MATCH 'b'", .rejected),
        ] as [(String, CatalogError.Code)]
    )
    func refused(sql: String, expected: CatalogError.Code) async throws {
        let fixture = try await self.fixture()
        let before = try await fixture.contents()
        #expect(await code { _ = try await fixture.catalog.query(sql) } == expected)
        // Once more, for the refusal must not depend on what was prepared before.
        #expect(await code { _ = try await fixture.catalog.query(sql) } == expected)
        #expect(try await fixture.contents() == before)
    }

    @Test(
        "ordinary SQL works",
        arguments: [
            ("SELECT 1", 1), ("SELECT 1;", 1), ("SELECT 1; -- done", 1), ("VALUES (1), (2)", 2),
            ("SELECT kind, count(*), sum(size) FROM entries GROUP BY kind ORDER BY 2 DESC", 2),
            ("WITH big AS (SELECT * FROM entries WHERE size > 0) SELECT count(*) FROM big", 1),
            ("SELECT e.path FROM entries e JOIN directories d ON d.path = e.parent", 2),
            ("SELECT value FROM json_each('[1,2,3]')", 3),
            ("SELECT path FROM entries WHERE path LIKE '/workspace/%'", 2),
            ("SELECT row_number() OVER (ORDER BY path) FROM entries", 3), ("SELECT max(op) FROM change_sets", 1),
            ("SELECT view FROM change_sets UNION SELECT 7", 2), ("EXPLAIN QUERY PLAN SELECT 1", 1),
            ("SELECT count(*) FROM (SELECT DISTINCT parent FROM entries)", 1),
            ("SELECT upper(hex(zeroblob(0))) IS NULL WHERE 0", -1),
            ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT i FROM n", 10),
        ]
    )
    func allowed(sql: String, count: Int) async throws {
        let fixture = try await self.fixture()
        if count < 0 {
            #expect(await code { _ = try await fixture.rows(sql) } == .rejected)
        } else {
            #expect(try await fixture.rows(sql).count == count)
        }
    }

    @Test("an unknown view is answered with the names of the known ones")
    func unknownView() async throws {
        let fixture = try await self.fixture()
        for name in ["entry", "nonsense"] {
            let error = await #expect(throws: CatalogError.self) { try await fixture.rows("SELECT * FROM \(name)") }
            #expect(error?.message.hasPrefix("there is no view '\(name)'; the views are entries, notebooks,") == true)
        }
    }

    @Test("an endless statement ends at the time limit, and the reader serves on")
    func timeLimit() async throws {
        let fixture = try await self.fixture {
            $0.queryTimeMilliseconds = 100
            $0.readersCount = 1
        }
        #expect(await code { _ = try await fixture.rows("\(Self.endless) SELECT count(*) FROM n") } == .timeout)
        #expect(try await fixture.rows("SELECT 1") == [[.integer(1)]])
    }

    @Test("too many rows, and too many bytes, are an error or a truncated result")
    func rowLimit() async throws {
        let fixture = try await self.fixture {
            $0.queryRowsMax = 10
            $0.queryResultBytesMax = 1_000
        }
        let sql = "\(Self.endless) SELECT i FROM n"
        #expect(await code { _ = try await fixture.rows(sql) } == .tooManyRows)
        #expect(try await fixture.rows(sql + " LIMIT 10").count == 10)
        let cut = try await fixture.catalog.query(sql, allowsTruncation: true)
        #expect(cut.rows.count == 10)
        #expect(cut.isTruncated)
        #expect(await code { _ = try await fixture.rows("SELECT printf('%2000d', 1)") } == .tooManyRows)
        let huge = "SELECT replace(printf('%1000000d', 1), ' ', 'abcdefghijklmn')"
        #expect(await code { _ = try await fixture.rows(huge) } == .tooManyRows)
        // One call of a function is not interrupted, so it must not get values that it takes long for.
        let slow = "SELECT instr(replace(printf('%200000d', 1), ' ', 'abcdefgh'), 'b')"
        #expect(await code { _ = try await fixture.rows(slow) } == .tooManyRows)
    }

    @Test("a statement that gathers too much memory is stopped")
    func memoryLimit() async throws {
        let fixture = try await self.fixture {
            $0.queryMemoryBytesMax = 40 << 20
            $0.queryTimeMilliseconds = 60_000
        }
        let sql = "\(Self.endless) SELECT count(*) FROM (SELECT DISTINCT printf('%01000d', i) FROM n)"
        #expect(await code { _ = try await fixture.rows(sql) } == .memoryExceeded)
        #expect(try await fixture.rows("SELECT 1") == [[.integer(1)]])
    }

    @Test("SQL that is too long or too deep is refused")
    func sizeLimits() async throws {
        let fixture = try await self.fixture()
        let long = "SELECT '" + String(repeating: "x", count: 70_000) + "'"
        #expect(await code { _ = try await fixture.rows(long) } == .syntax)
        let deep = "SELECT " + String(repeating: "(", count: 500) + "1" + String(repeating: ")", count: 500)
        #expect(await code { _ = try await fixture.rows(deep) } == .syntax)
    }

    @Test("parameters keep their types")
    func parameters() async throws {
        let fixture = try await self.fixture()
        let values: [CatalogValue] = [
            .null, .integer(.min), .real(0.5), .text("ä\u{0}b"), .text(""), .blob([0, 255]), .blob([]),
        ]
        #expect(try await fixture.rows("SELECT ?, ?, ?, ?, ?, ?, ?", values) == [values])
        #expect(await code { _ = try await fixture.rows("SELECT ?", []) } == .rejected)
    }

    @Test("a cancelled query ends")
    func cancellation() async throws {
        let fixture = try await self.fixture { $0.queryTimeMilliseconds = 60_000 }
        let catalog = fixture.catalog
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await catalog.query("\(Self.endless) SELECT count(*) FROM n") }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test("more queries than may wait are refused as busy")
    func busy() async throws {
        let fixture = try await self.fixture {
            $0.readersCount = 1
            $0.waitingQueriesMax = 1
            $0.queryTimeMilliseconds = 300
        }
        let catalog = fixture.catalog
        let codes = await withTaskGroup(of: CatalogError.Code?.self) { group in
            for _ in 0..<6 {
                group.addTask { await code { _ = try await catalog.query("\(Self.endless) SELECT count(*) FROM n") } }
            }
            return await group.reduce(into: [CatalogError.Code?]()) { $0.append($1) }
        }
        #expect(codes.contains(.busy))
        #expect(codes.contains(.timeout))
        #expect(codes.allSatisfy { $0 == .busy || $0 == .timeout })
    }
}
