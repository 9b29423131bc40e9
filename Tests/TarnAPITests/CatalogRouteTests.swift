import Foundation
import HTTPTypes
import TarnCatalog
import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct CatalogRouteTests {
    @Test func aQueryIsAnsweredWithColumnsAndRows() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "one")
            let body =
                "{\"sql\":\"SELECT path, size, NULL AS n, 1.5 AS r FROM entries WHERE path = ?\","
                + "\"parameters\":[\"/workspace/a\"]}"
            let answer = try await client.send(.post, "/v1/catalog/query", body, token: APITest.reader)
            #expect(answer.status == 200)
            #expect(try answer.json["columns"] as? [String] == ["path", "size", "n", "r"])
            let row = try #require((try answer.json["rows"] as? [[Any]])?.first)
            #expect(row[0] as? String == "/workspace/a")
            #expect(row[1] as? Int == 3)
            #expect(row[2] is NSNull)
            #expect(row[3] as? Double == 1.5)
            #expect(try answer.number("op") == 1)
            #expect(try answer.json["truncated"] as? Bool == false)
            #expect(answer.header("Tarn-Op") == "1")
            #expect(answer.header("Tarn-Root") == node.head.root.hex)
        }
    }

    @Test func parametersOfEveryKindAreBound() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "one")
            let body = "{\"parameters\":[null,true,-7,2.5,\"x\"],\"sql\":\"SELECT ?,?,?,?,?\"}"
            let row = try #require(
                (try await client.send(.post, "/v1/catalog/query", body).json["rows"] as? [[Any]])?.first
            )
            #expect(row[0] is NSNull)
            #expect(row[1] as? Int == 1)
            #expect(row[2] as? Int == -7)
            #expect(row[3] as? Double == 2.5)
            #expect(row[4] as? String == "x")
        }
    }

    @Test func csvIsGivenWhenAskedFor() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a,b", "one")
            let body = "{\"sql\":\"SELECT path, size, NULL AS none, '' AS empty FROM entries WHERE size > 0\"}"
            let answer = try await client.send(.post, "/v1/catalog/query", body, headers: ["Accept": "text/csv"])
            #expect(answer.header("Content-Type") == "text/csv; charset=utf-8")
            #expect(answer.text == "path,size,none,empty\r\n\"/workspace/a,b\",3,,\"\"\r\n")
        }
    }

    @Test(arguments: [
        (CatalogValue.text("plain"), "plain"), (.text("a\"b"), "\"a\"\"b\""), (.text("a\nb"), "\"a\nb\""),
        (.text(""), "\"\""),
        (.null, ""), (.integer(-3), "-3"), (.real(0.5), "0.5"), (.blob([0xab]), "ab"),
    ])
    func csvQuotesWhatNeedsIt(_ value: CatalogValue, _ expected: String) {
        let result = QueryResult(columns: ["c"], rows: [[value]], op: Op(1), isTruncated: false)
        #expect(String(decoding: CSVText.encode(result), as: UTF8.self) == "c\r\n\(expected)\r\n")
    }

    @Test(arguments: [
        ("{\"sql\":\"DELETE FROM entries\"}", 400, "QUERY_REJECTED"), ("{\"sql\":\"SELEC\"}", 400, "QUERY_REJECTED"),
        ("{\"sql\":\"SELECT * FROM nowhere\"}", 400, "QUERY_REJECTED"), ("{\"sql\":1}", 400, "INVALID_REQUEST"),
        ("{}", 400, "INVALID_REQUEST"), ("{\"query\":\"SELECT 1\"}", 400, "INVALID_REQUEST"),
        ("{\"sql\":\"SELECT ?\",\"parameters\":[[1]]}", 400, "INVALID_REQUEST"), ("SELECT 1", 400, "INVALID_REQUEST"),
    ])
    func whatIsNoQueryIsRefused(_ body: String, _ status: Int, _ code: String) async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "one")
            let answer = try await client.send(.post, "/v1/catalog/query", body)
            #expect(answer.status == status)
            #expect(answer.errorCode == code)
        }
    }

    @Test func aQueryBodyHasABound() async throws {
        try await APITest.run { _, client async throws in
            let body = [UInt8](repeating: 0x20, count: Limits.smallBodyBytesMax + 1)
            #expect(try await client.send(.post, "/v1/catalog/query", bytes: body).status == 413)
        }
    }

    @Test func wordsAreFoundInNotebooks() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/n.py", "# Databricks notebook source\nprint('needle')\n")
            _ = try await node.catalog.catchUp()
            let answer = try await client.get("/v1/catalog/search?q=needle&limit=5", token: APITest.reader)
            #expect(try answer.names("hits") == ["/workspace/n.py"])
            #expect(try answer.number("op") == 1)
            #expect(try await client.get("/v1/catalog/search?q=haystack").list("hits").isEmpty)
            #expect(try await client.get("/v1/catalog/search").status == 400)
            #expect(try await client.get("/v1/catalog/search?q=x&limit=0").status == 400)
        }
    }
}
