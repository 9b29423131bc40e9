import Foundation
import TarnCore
import TarnDelta
import Testing

@testable import TarnCatalog

@Suite("Tables of the catalog")
struct CatalogTableTests {
    private static let shared: String = {
        if let shared = ProcessInfo.processInfo.environment["TARN_SHARED"] { return "\(shared)/data/delta" }
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.appendingPathComponent("shared/data/delta").path
    }()

    static var isPresent: Bool { FileManager.default.fileExists(atPath: Self.shared) }

    private static let table = "/tables/main/sales/orders"

    private func commit(_ version: Int, _ lines: [String]) -> (String, String) {
        let digits = String(version)
        let name = String(repeating: "0", count: 20 - digits.count) + digits
        return ("\(Self.table)/_delta_log/\(name).json", lines.joined(separator: "\n"))
    }

    private static let metadata =
        #"{"metaData":{"id":"t","name":"n","format":{"provider":"parquet"},"schemaString":"{}","partitionColumns":["d"]}}"#

    private func add(_ path: String, _ size: Int, records: Int? = nil) -> String {
        let statistics = records.map { #","stats":"{\"numRecords\":\#($0)}""# } ?? ""
        return
            #"{"add":{"path":"\#(path)","partitionValues":{"d":"1"},"size":\#(size),"modificationTime":1000\#(statistics)}}"#
    }

    private func summary(_ fixture: CatalogFixture) async throws -> [[CatalogValue]] {
        try await fixture.rows("SELECT version, files, bytes, records, complete FROM tables")
    }

    @Test("commits show as soon as they are asked for, and only new ones are read")
    func incremental() async throws {
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        try await fixture.put([self.commit(0, [Self.metadata, self.add("a%20b", 10, records: 3)])])
        #expect(
            try await self.summary(fixture) == [[.integer(0), .integer(1), .integer(10), .integer(3), .integer(1)]]
        )
        let first = try #require(fixture.entries[try NamespacePath(self.commit(0, []).0)])
        fixture.content.lose(first)
        try await fixture.put([self.commit(1, [self.add("c", 5)]), self.commit(2, [#"{"remove":{"path":"a%20b"}}"#])])
        #expect(try await self.summary(fixture) == [[.integer(2), .integer(1), .integer(5), .null, .integer(1)]])
        #expect(
            try await fixture.rows(
                "SELECT catalog, schema, name, path, size, modified_at, partition_values FROM table_files"
            ) == [
                [
                    .text("main"), .text("sales"), .text("orders"), .text("\(Self.table)/c"), .integer(5),
                    .text("1970-01-01T00:00:01.000000Z"), .text(#"{"d":"1"}"#),
                ]
            ]
        )
        #expect(
            try await fixture.rows("SELECT format, table_id, table_name, partition_columns FROM tables") == [
                [.text("DELTA"), .text("t"), .text("n"), .text(#"["d"]"#)]
            ]
        )
    }

    @Test("a log that was rewritten is replayed from its start")
    func rewritten() async throws {
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        try await fixture.put([self.commit(0, [Self.metadata, self.add("a", 1)]), self.commit(1, [self.add("b", 2)])])
        #expect(try await self.summary(fixture)[0][1] == .integer(2))
        try await fixture.put([self.commit(1, [self.add("c", 4), self.add("d", 8)])])
        #expect(try await self.summary(fixture)[0][2] == .integer(13))
        try await fixture.apply([(self.commit(1, []).0, nil)])
        #expect(try await self.summary(fixture) == [[.integer(0), .integer(1), .integer(1), .null, .integer(1)]])
        try await fixture.apply([(self.commit(0, []).0, nil)])
        #expect(try await self.summary(fixture) == [[.null, .null, .null, .null, .null]])
        #expect(try await fixture.rows("SELECT path FROM table_files").isEmpty)
    }

    @Test("missing commits, and damaged ones, leave the table incomplete")
    func incomplete() async throws {
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        try await fixture.put([
            self.commit(3, [Self.metadata, self.add("a", 1)]), self.commit(4, ["{"]), self.commit(5, []),
        ])
        #expect(try await self.summary(fixture) == [[.integer(3), .integer(1), .integer(1), .null, .integer(0)]])
        #expect(try await fixture.texts("SELECT trouble FROM tables")[0].contains("line 1 of Delta commit 4"))
        try await fixture.put([self.commit(4, []), self.commit(0, []), self.commit(1, []), self.commit(2, [])])
        #expect(try await self.summary(fixture) == [[.integer(5), .integer(1), .integer(1), .null, .integer(1)]])
        #expect(try await fixture.rows("SELECT trouble FROM tables") == [[.null]])
    }

    @Test("sizes and rows that cannot be added are the trouble of their table alone")
    func overflow() async throws {
        let fixture = try await CatalogFixture()
        let huge = Int(Int64.max)
        try await fixture.put([
            self.commit(0, [Self.metadata, self.add("a", huge, records: huge), self.add("b", huge, records: huge)]),
            ("/tables/main/sales/good/_delta_log/00000000000000000000.json", Self.metadata + "\n" + self.add("a", 7)),
            ("/workspace/n.py", "péndulo"),
        ])
        #expect(
            try await fixture.rows("SELECT files, bytes, records, complete FROM tables WHERE name = 'orders'")
                == [[.integer(2), .null, .null, .integer(0)]]
        )
        #expect(
            try await fixture.texts("SELECT trouble FROM tables WHERE name = 'orders'")[0].contains("too large")
        )
        #expect(
            try await fixture.rows("SELECT bytes, complete, trouble FROM tables WHERE name = 'good'")
                == [[.integer(7), .integer(1), .null]]
        )
        #expect(try await fixture.found("péndulo") == ["/workspace/n.py"])
        try await fixture.put([self.commit(1, [#"{"remove":{"path":"b"}}"#])])
        #expect(
            try await fixture.rows("SELECT bytes, records, trouble FROM tables WHERE name = 'orders'")
                == [[.integer(Int64.max), .integer(Int64.max), .null]]
        )
    }

    @Test("a table moves and goes with its directory")
    func moveAndDelete() async throws {
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        try await fixture.put([self.commit(0, [Self.metadata, self.add("a", 1)])])
        let old = fixture.entries.filter { $0.key.string.hasPrefix(Self.table) }
        try await fixture.apply(
            old.map { ($0.key.string, nil) }
                + old.map { ($0.key.string.replacingOccurrences(of: "orders", with: "bestellungen"), $0.value) }
        )
        #expect(
            try await fixture.rows("SELECT t.name, f.path FROM tables t JOIN table_files f ON f.name = t.name") == [
                [.text("bestellungen"), .text("/tables/main/sales/bestellungen/a")]
            ]
        )
        try await fixture.apply(
            fixture.entries.keys.filter { $0.string.hasPrefix("/tables/main/sales/") }.map { ($0.string, nil) }
        )
        #expect(try await fixture.rows("SELECT name FROM tables").isEmpty)
        #expect(try await fixture.rows("SELECT path FROM table_files").isEmpty)
    }

    @Test("a table directory without a log is listed without a format")
    func noLog() async throws {
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        try await fixture.put([("/tables/main/sales/raw/x.parquet", "PAR1")])
        #expect(
            try await fixture.rows("SELECT name, format, files FROM tables") == [[.text("raw"), .null, .null]]
        )
    }

    @Test(
        "the views show the snapshot that the replay gives",
        .enabled(if: Self.isPresent, "the Delta tables are missing: set TARN_SHARED, or put them at ../shared")
    )
    func realTables() async throws {
        // All tables are read by the first query, beside whatever else runs.
        let fixture = try await CatalogFixture(isSearchEnabled: false) { $0.queryTimeMilliseconds = 60_000 }
        var files: [(String, [UInt8])] = []
        var snapshots: [String: TableSnapshot] = [:]
        for table in try FileManager.default.contentsOfDirectory(atPath: Self.shared) {
            let directory = "\(Self.shared)/\(table)/_delta_log"
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else { continue }
            var log = DeltaLog()
            for name in names.sorted() where name.hasSuffix(".json") || name.hasSuffix(".crc") {
                let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(name)")))
                files.append(("/tables/main/delta/\(table)/_delta_log/\(name)", bytes))
                guard let version = DeltaLogName.commitVersion(of: name) else { continue }
                try log.apply(version: version, bytes: bytes)
            }
            snapshots[table] = log.snapshot
        }
        try await fixture.apply(try fixture.withDirectories(files))
        #expect(try await fixture.rows("SELECT name FROM tables").count == 14)
        for (table, snapshot) in snapshots {
            #expect(
                try await fixture.rows(
                    "SELECT version, files, bytes, complete, table_name, schema_json, trouble FROM tables WHERE name = ?",
                    [.text(table)]
                ) == [
                    [
                        .integer(snapshot.version), .integer(Int64(snapshot.files.count)), .integer(snapshot.size),
                        .integer(1), snapshot.name.map { .text($0) } ?? .null, .text(snapshot.schemaString), .null,
                    ]
                ]
            )
            #expect(
                try await fixture.texts("SELECT path FROM table_files WHERE name = ? ORDER BY path", [.text(table)])
                    == snapshot.files.map { "/tables/main/delta/\(table)/\($0.path)" }
            )
        }
    }
}
