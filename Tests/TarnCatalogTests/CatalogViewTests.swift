import TarnCore
import Testing

@testable import TarnCatalog

@Suite("Views of the catalog")
struct CatalogViewTests {
    @Test("entries show where they stand and what they are")
    func entries() async throws {
        let fixture = try await CatalogFixture()
        try await fixture.put([("/workspace/Büro/ä b.py", "# Databricks notebook source\nprint(1)")])
        let entry = try #require(fixture.entries[try NamespacePath("/workspace/Büro/ä b.py")])
        let result = try await fixture.catalog.query(
            "SELECT path, parent, name, kind, content, size, created_at, modified_at, language, format, attributes FROM entries WHERE path = ?",
            parameters: [.text("/workspace/Büro/ä b.py")]
        )
        #expect(result.columns.count == 11)
        #expect(result.op == Op(0))
        #expect(!result.isTruncated)
        #expect(
            result.rows == [
                [
                    .text("/workspace/Büro/ä b.py"), .text("/workspace/Büro"), .text("ä b.py"), .text("notebook"),
                    .text(entry.content.hex), .integer(37), .text("2023-11-14T22:13:20.123456Z"), .null,
                    .text("PYTHON"),
                    .text("SOURCE"), .text("{}"),
                ]
            ]
        )
        #expect(try await fixture.texts("SELECT name FROM entries WHERE parent = '/workspace'") == ["Büro"])
        #expect(
            try await fixture.texts("SELECT path FROM directories ORDER BY path") == ["/workspace", "/workspace/Büro"]
        )
        #expect(try await fixture.texts("SELECT parent FROM directories WHERE path = '/workspace'") == ["/"])
        #expect(try await fixture.texts("SELECT name FROM directories WHERE path = '/workspace'") == ["workspace"])
        #expect(try await fixture.texts("SELECT path FROM notebooks") == ["/workspace/Büro/ä b.py"])
        #expect(try await fixture.rows("SELECT count(*) FROM change_sets") == [[.integer(1)]])
    }

    @Test("attributes without a column are JSON")
    func attributes() async throws {
        let fixture = try await CatalogFixture()
        let file = try fixture.content.file(
            [],
            at: "/volumes/x",
            attributes: ["owner": "a\"b", "object_id": "77", "created_at": "soon", "kind": "odd"]
        )
        try await fixture.apply([("/volumes", .directory()), ("/volumes/x", file)])
        #expect(
            try await fixture.rows("SELECT attributes, object_id, created_at, kind FROM entries WHERE name = 'x'") == [
                [.text(#"{"created_at":"soon","kind":"odd","owner":"a\"b"}"#), .integer(77), .null, .text("file")]
            ]
        )
        #expect(
            try await fixture.texts("SELECT attributes ->> 'owner' FROM entries WHERE path = '/volumes/x'") == ["a\"b"]
        )
    }

    @Test("change sets show the log, each entry's hash once the next op is here")
    func changeSets() async throws {
        let fixture = try await CatalogFixture()
        for _ in 0..<3 { try await fixture.put([("/workspace/a", "x")]) }
        let hashes = fixture.headers.dropFirst().map { CatalogValue.text($0.parent.hex) }
        #expect(
            try await fixture.rows("SELECT entry FROM change_sets ORDER BY op").map { $0[0] } == hashes + [.null]
        )
        #expect(
            try await fixture.rows(
                "SELECT op, view, time, author, client, request, kind, changes, root FROM change_sets WHERE op = 1"
            ) == [
                [
                    .integer(1), .integer(2), .text("2023-11-14T22:13:20.000001Z"), .text("mária"), .text("cli"),
                    .integer(1), .text("change_set"), .integer(1), .text(fixture.headers[1].root.hex),
                ]
            ]
        )
    }

    @Test("documents show their JSON, secrets never")
    func documents() async throws {
        let fixture = try await CatalogFixture()
        try await fixture.put([
            ("/meta/job/1.json", #"{"name":"Nachtläufer"}"#), ("/meta/token/t.json", #"{"hash":"00"}"#),
            ("/meta/secret/deep/s.json", #"{"value":"pw"}"#), ("/meta/job/bad.json", "{"),
            ("/meta/job/readme.txt", "x"), ("/meta/secret_scope/main/prod.json", #"{"acls":[]}"#),
        ])
        #expect(
            try await fixture.rows("SELECT kind, id, json ->> 'name' FROM documents WHERE kind = 'job' ORDER BY id")
                == [
                    [.text("job"), .text("1"), .text("Nachtläufer")], [.text("job"), .text("bad"), .null],
                ]
        )
        for view in ["documents", "entries", "directories"] {
            #expect(
                try await fixture.texts(
                    "SELECT path FROM \(view) WHERE path LIKE '/meta/token%' OR path LIKE '/meta/secret%'"
                ) == []
            )
        }
        #expect(try await fixture.texts("SELECT trouble FROM documents WHERE id = 'bad'")[0].hasPrefix("not JSON"))
        try await fixture.put([("/meta/job/1.json", #"{"name":"neu"}"#)])
        #expect(try await fixture.texts("SELECT json ->> 'name' FROM documents WHERE id = '1'") == ["neu"])
        try await fixture.apply([("/meta/job/1.json", nil)])
        #expect(try await fixture.texts("SELECT id FROM documents WHERE kind = 'job'") == ["bad"])
    }

    @Test("a document that cannot be read says so, and is read later")
    func unreadableDocument() async throws {
        let fixture = try await CatalogFixture { $0.documentBytesMax = 100 }
        try await fixture.put([("/meta/job/big.json", "\"" + String(repeating: "x", count: 100) + "\"")])
        #expect(try await fixture.texts("SELECT trouble FROM documents")[0].contains("more than"))
        let file = try fixture.content.file(Array("1".utf8), at: "/meta/job/big.json")
        fixture.content.lose(file)
        try await fixture.apply([("/meta/job/big.json", file)])
        #expect(try await fixture.texts("SELECT trouble FROM documents")[0].contains("Missing"))
        _ = try fixture.content.file(Array("1".utf8), at: "/meta/job/big.json")
        try await fixture.catalog.retryFailedContents()
        #expect(try await fixture.texts("SELECT json FROM documents") == ["1"])
    }

    @Test("datacentres are those of the last update")
    func datacenters() async throws {
        let fixture = try await CatalogFixture()
        try await fixture.put([("/workspace/a", "x")])
        #expect(try await fixture.rows("SELECT dc FROM datacenters").isEmpty)
        let row = DatacenterRow(
            datacenter: try DatacenterID("dc1"),
            role: .primary,
            url: "http://localhost:1",
            isReachable: true,
            view: View(4),
            op: Op(9),
            commit: Op(8),
            root: Digest(words: 1, 2, 3, 4),
            lagOps: 1,
            roundTripMilliseconds: 0.5
        )
        var other = row
        other.datacenter = try DatacenterID("dc2")
        try await fixture.catalog.update(datacenters: [row, other])
        for _ in 0..<5 {
            #expect(
                try await fixture.rows(
                    "SELECT dc, role, view, commit_op, root, round_trip_ms FROM datacenters WHERE dc = 'dc1'"
                )
                    == [
                        [
                            .text("dc1"), .text("primary"), .integer(4), .integer(8), .text(row.root.hex), .real(0.5),
                        ]
                    ]
            )
        }
        try await fixture.catalog.update(datacenters: [other])
        #expect(try await fixture.texts("SELECT dc FROM datacenters") == ["dc2"])
    }

    @Test("every documented column can be read, and the help lists it")
    func help() async throws {
        let fixture = try await CatalogFixture()
        try await fixture.put([("/workspace/a", "x")])
        for view in Catalog.documentation {
            let columns = view.columns.map(\.name)
            let result = try await fixture.catalog.query("SELECT \(columns.joined(separator: ", ")) FROM \(view.name)")
            #expect(result.columns == columns)
            #expect(
                try await fixture.texts("SELECT name FROM tarn_views WHERE view = ?", [.text(view.name)]) == columns
            )
            #expect(try await fixture.rows("SELECT count(*) FROM \(view.name)").count == 1)
        }
    }
}
