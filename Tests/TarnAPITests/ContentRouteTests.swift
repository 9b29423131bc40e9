import HTTPTypes
import TarnCore
import TarnCrypto
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct ContentRouteTests {
    private static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    }

    @Test func whatWasPutIsRead() async throws {
        try await APITest.run { node, client async throws in
            let digest = SHA256.digest(Array("hello".utf8)).hex
            let put = try await client.send(
                .put,
                "/v1/content/workspace/a.txt",
                "hello",
                token: APITest.writer,
                headers: ["X-Tarn-Modified-At": "123"]
            )
            #expect(put.status == 201)
            #expect(try put.string("sha256") == digest)
            #expect(try put.number("op") == 1)
            #expect(put.header("ETag") == "\"\(digest)\"")
            #expect(put.header("Tarn-Op") == "1")
            #expect(node.authors.last == "writer")
            let get = try await client.get("/v1/content/workspace/a.txt", token: APITest.reader)
            #expect(get.text == "hello")
            #expect(get.header("ETag") == "\"\(digest)\"")
            #expect(get.header("X-Tarn-Modified-At") == "123")
            #expect(get.header("Accept-Ranges") == "bytes")
            #expect(try await client.send(.put, "/v1/content/workspace/a.txt", "other").status == 200)
            #expect(try await client.get("/v1/content/workspace/a.txt?at=1").text == "hello")
        }
    }

    @Test func aRequestThatIsSentAgainIsAnsweredAgain() async throws {
        try await APITest.run { node, client async throws in
            let path = "/v1/content/workspace/a"
            func send(
                _ method: HTTPRequest.Method,
                _ body: String? = nil,
                _ headers: [String: String] = [:],
                to path: String = path,
                request: String
            ) async throws -> APITest.Answer {
                let number = ["Tarn-Request": request]
                return try await client.send(method, path, body, headers: headers.merging(number) { $1 })
            }
            let absent = ["If-None-Match": "*"]
            let made = try await send(.put, "one", absent, request: "cli/1")
            let again = try await send(.put, "one", absent, request: "cli/1")
            #expect((made.status, again.status) == (201, 201))
            #expect(again.text == made.text)
            #expect(try await send(.put, "one", absent, request: "cli/2").status == 412)
            try await node.write("/workspace/b", "one")
            #expect(try await send(.put, "one", absent, to: "/v1/content/workspace/b", request: "cli/1").status == 412)
            let present = ["If-Match": try #require(made.header("ETag"))]
            let changed = try await send(.put, "two", present, request: "cli/3")
            #expect(try await send(.put, "two", present, request: "cli/3").text == changed.text)
            #expect(try await send(.put, "three", present, request: "cli/4").status == 412)
            let newest = ["If-Match": try #require(changed.header("ETag"))]
            let removed = try await send(.delete, nil, newest, request: "cli/5")
            #expect(removed.status == 200)
            for headers in [newest, [:]] {
                let again = try await send(.delete, nil, headers, request: "cli/5")
                #expect(again.status == 200)
                #expect(again.text == removed.text)
            }
            #expect(try await send(.delete, request: "cli/6").status == 404)
            #expect(node.authors.count == 5)
        }
    }

    @Test func headTellsTheLengthWithoutTheBytes() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "hello")
            let answer = try await client.send(.head, "/v1/content/workspace/a")
            #expect(answer.status == 200)
            #expect(answer.bytes.isEmpty)
            #expect(answer.header("Content-Length") == "5")
        }
    }

    @Test func notebooksAreRecognisedUnderWorkspaceOnly() async throws {
        try await APITest.run { node, client async throws in
            let source = "# Databricks notebook source\nprint(1)\n"
            _ = try await client.send(.put, "/v1/content/workspace/n.py", source)
            _ = try await client.send(.put, "/v1/content/volumes/n.py", source)
            #expect(node["/workspace/n.py"]?.attributes["language"] == "PYTHON")
            #expect(node["/workspace/n.py"]?.attributes.isNotebook == true)
            #expect(node["/volumes/n.py"]?.attributes.isNotebook == false)
        }
    }

    @Test(arguments: [4 << 20, (4 << 20) + 1, (9 << 20) + 5])
    func filesOfAnySizeComeBackAsTheyWere(_ count: Int) async throws {
        try await APITest.run { node, client async throws in
            let content = Self.pattern(count)
            let put = try await client.send(.put, "/v1/content/volumes/large", bytes: content)
            #expect(put.status == 201)
            #expect(try put.string("sha256") == SHA256.digest(content).hex)
            let isLarge = count > Limits.blobBytesMax
            #expect((node["/volumes/large"]?.manifest != nil) == isLarge)
            #expect(node.putSizes.filter { $0 > 1_000_000 }.allSatisfy { $0 <= Limits.chunkBytes })
            let get = try await client.get("/v1/content/volumes/large")
            #expect(SHA256.digest(get.bytes) == SHA256.digest(content))
            #expect(get.header("Content-Length") == String(count))
        }
    }

    @Test func rangesOfLargeFilesCrossChunks() async throws {
        try await APITest.run { _, client async throws in
            let content = Self.pattern((9 << 20) + 5)
            _ = try await client.send(.put, "/v1/content/volumes/large", bytes: content)
            let middle = (4 << 20) - 3
            for (header, range) in [
                ("bytes=\(middle)-\(middle + 9)", middle..<middle + 10),
                ("bytes=\(8 << 20)-", (8 << 20)..<content.count),
                ("bytes=-7", content.count - 7..<content.count),
                ("bytes=1-\(9 << 20)", 1..<(9 << 20) + 1),
            ] {
                let answer = try await client.get("/v1/content/volumes/large", headers: ["Range": header])
                #expect(answer.status == 206)
                #expect(SHA256.digest(answer.bytes) == SHA256.digest(Array(content[range])), "\(header)")
                #expect(
                    answer.header("Content-Range")
                        == "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(content.count)"
                )
            }
        }
    }

    @Test(arguments: [
        ("bytes=0-1", 206, "he"), ("bytes=-2", 206, "lo"), ("bytes=3-", 206, "lo"), ("bytes=0-1,3-4", 200, "hello"),
        ("junk", 200, "hello"),
    ])
    func aRangeIsAnsweredOrPassedOver(_ range: String, _ status: Int, _ text: String) async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "hello")
            let answer = try await client.get("/v1/content/workspace/a", headers: ["Range": range])
            #expect(answer.status == status)
            #expect(answer.text == text)
        }
    }

    @Test func aRangeBehindTheEndIsRefusedWithTheSize() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "hello")
            let answer = try await client.get("/v1/content/workspace/a", headers: ["Range": "bytes=5-"])
            #expect(answer.status == 416)
            #expect(answer.header("Content-Range") == "bytes */5")
            #expect(answer.errorCode == "INVALID_REQUEST")
        }
    }

    @Test func ifRangeWithOtherContentGivesTheWhole() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "hello")
            let tag = try #require(try await client.send(.head, "/v1/content/workspace/a").header("ETag"))
            let same = try await client.get(
                "/v1/content/workspace/a",
                headers: ["Range": "bytes=0-0", "If-Range": tag]
            )
            #expect(same.text == "h")
            let old = ["Range": "bytes=0-0", "If-Range": "\"\(Digest.zero.hex)\""]
            #expect(try await client.get("/v1/content/workspace/a", headers: old).text == "hello")
        }
    }

    @Test func anEmptyFileIsAFile() async throws {
        try await APITest.run { _, client async throws in
            #expect(try await client.send(.put, "/v1/content/workspace/empty", "").status == 201)
            let answer = try await client.get("/v1/content/workspace/empty")
            #expect(answer.status == 200)
            #expect(answer.bytes.isEmpty)
        }
    }

    @Test func conditionsOnReadingAreJudgedByTheContent() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "hello")
            let tag = "\"\(SHA256.digest(Array("hello".utf8)).hex)\""
            let other = "\"\(Digest.zero.hex)\""
            for (headers, status) in [
                (["If-None-Match": tag], 304), (["If-None-Match": "*"], 304), (["If-None-Match": other], 200),
                (["If-Match": tag], 200), (["If-Match": "*"], 200), (["If-Match": other], 412),
            ] {
                #expect(
                    try await client.get("/v1/content/workspace/a", headers: headers).status == status,
                    "\(headers)"
                )
            }
        }
    }

    @Test func conditionsOnWritingAreJudgedByTheContent() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "hello")
            let tag = "\"\(SHA256.digest(Array("hello".utf8)).hex)\""
            for (path, headers, status) in [
                ("a", ["If-None-Match": "*"], 412), ("a", ["If-Match": "\"\(Digest.zero.hex)\""], 412),
                ("new", ["If-Match": "*"], 412), ("new", ["If-None-Match": tag], 400),
                ("new", ["If-None-Match": "*"], 201),
                ("a", ["If-Match": tag], 200), ("a", ["If-Match": "*"], 200),
                ("a", ["X-Tarn-Modified-At": "soon"], 400),
            ] {
                let answer = try await client.send(.put, "/v1/content/workspace/\(path)", "x", headers: headers)
                #expect(answer.status == status, "\(path) \(headers)")
                if status == 412 { #expect(answer.errorCode == "CONFLICT") }
            }
            let stale = try await client.send(.delete, "/v1/content/workspace/a", headers: ["If-Match": tag])
            #expect(stale.status == 412)
            #expect(node["/workspace/a"] != nil)
        }
    }

    @Test func aConditionThatStopsHoldingMeanwhileIsA412() async throws {
        try await APITest.run { node, client async throws in
            node.fail { $0.commit = NodeErrors.conflict }
            let conditional = try await client.send(
                .put,
                "/v1/content/workspace/a",
                "x",
                headers: ["If-None-Match": "*"]
            )
            #expect(conditional.status == 412)
            #expect(try await client.send(.put, "/v1/content/workspace/a", "x").status == 409)
        }
    }

    @Test func deletingTakesADirectoryOnlyWhenAsked() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/d/a", "x")
            #expect(try await client.send(.delete, "/v1/content/workspace/d").status == 409)
            #expect(try await client.send(.delete, "/v1/content/workspace/d?recursive=true").status == 200)
            #expect(node["/workspace/d"] == nil)
            #expect(try await client.send(.delete, "/v1/content/workspace/d").status == 404)
        }
    }

    @Test func theSameRequestCommitsOnce() async throws {
        try await APITest.run { node, client async throws in
            let headers = ["Tarn-Request": "cli/7"]
            let first = try await client.send(.put, "/v1/content/workspace/a", "x", headers: headers)
            let again = try await client.send(.put, "/v1/content/workspace/a", "x", headers: headers)
            #expect(first.header("Tarn-Request") == "cli/7")
            #expect(try first.number("op") == again.number("op"))
            #expect(node.head.op == Op(1))
        }
    }

    @Test(arguments: [
        ("GET", "/v1/content/workspace", 400), ("GET", "/v1/content/workspace/none", 404), ("GET", "/v1/content", 404),
        ("PUT", "/v1/content/workspace", 409), ("PUT", "/v1/content/outside", 400),
        ("PUT", "/v1/content/workspace/a/b", 409),
        ("DELETE", "/v1/content/workspace", 409), ("POST", "/v1/content/workspace/a", 405),
    ])
    func whatCannotBeDoneIsSaid(_ method: String, _ target: String, _ status: Int) async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "x")
            let answer = try await client.send(try #require(.init(rawValue: method)), target, "y")
            #expect(answer.status == status)
            #expect(answer.errorCode != nil)
        }
    }

    @Test func aMissingChunkIsAnErrorBeforeAnythingIsSent() async throws {
        try await APITest.run { node, client async throws in
            let content = Self.pattern((4 << 20) + 10)
            _ = try await client.send(.put, "/v1/content/volumes/large", bytes: content)
            node.remove(blob: SHA256.digest(Array(content[..<(4 << 20)])))
            #expect(try await client.get("/v1/content/volumes/large").status == 503)
        }
    }
}
