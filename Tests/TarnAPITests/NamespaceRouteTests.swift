import HTTPTypes
import TarnCore
import TarnCrypto
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct NamespaceRouteTests {
    @Test func anEntryIsShownWithItsChildren() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/team/a.txt", "one")
            try await node.write("/workspace/team/sub/b.txt", "two")
            let answer = try await client.get("/v1/namespace/workspace/team")
            #expect(answer.status == 200)
            #expect(try answer.string("kind") == "directory")
            #expect(try answer.names("children") == ["/workspace/team/a.txt", "/workspace/team/sub"])
            let child = try #require(answer.list("children").first)
            #expect(child["sha256"] as? String == SHA256.digest(Array("one".utf8)).hex)
            #expect(child["size"] as? Int == 3)
            #expect((child["attributes"] as? [String: String])?["object_id"] != nil)
            #expect(answer.header("Tarn-Op") == "2")
            #expect(answer.header("Tarn-Root") == node.head.root.hex)
        }
    }

    @Test func aFileHasNoChildrenAndTellsItsEntryHash() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a.txt", "one")
            let answer = try await client.get("/v1/namespace/workspace/a.txt")
            #expect(try answer.list("children").isEmpty)
            #expect(try answer.string("entry_hash") == node["/workspace/a.txt"]?.hash(SHA256.self).hex)
        }
    }

    @Test(arguments: ["/v1/namespace", "/v1/namespace/"])
    func theRootListsTheFourTrees(_ target: String) async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.get(target)
            #expect(try answer.names("children") == ["/meta", "/tables", "/volumes", "/workspace"])
        }
    }

    @Test(arguments: [false, true])
    func pagesJoinToTheWholeList(_ isRecursive: Bool) async throws {
        try await APITest.run { node, client async throws in
            for number in 0..<5 { try await node.write("/workspace/d/f\(number)", "x") }
            var seen: [String] = []
            var after = ""
            while true {
                let answer = try await client.get(
                    "/v1/namespace/workspace/d?limit=2&recursive=\(isRecursive)&after=\(after)"
                )
                seen += try answer.names("children")
                guard let next = try answer.json["next"] as? String else { break }
                #expect(try answer.list("children").count == 2)
                after = next
            }
            #expect(seen == (0..<5).map { "/workspace/d/f\($0)" })
        }
    }

    @Test func aListOfNothingIsThePathAlone() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/d/f", "x")
            #expect(try await client.get("/v1/namespace/workspace?limit=0").list("children").isEmpty)
        }
    }

    @Test func recursionGoesToEveryDepth() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a/b/c", "x")
            let answer = try await client.get("/v1/namespace/workspace?recursive=true")
            #expect(try answer.names("children") == ["/workspace/a", "/workspace/a/b", "/workspace/a/b/c"])
        }
    }

    @Test func olderStatesAreReadByOpRootAndTime() async throws {
        try await APITest.run { node, client async throws in
            let first = try await node.write("/workspace/a", "one")
            try await node.write("/workspace/a", "three")
            let selectors = ["1", first.root.hex, "2023-11-14T22:13:21Z", "2023-11-14T22:13:21.900000Z"]
            for selector in selectors {
                let answer = try await client.get("/v1/namespace/workspace/a?at=\(selector)")
                #expect(try answer.number("size") == 3, "at \(selector)")
                #expect(answer.header("Tarn-Op") == "1")
                #expect(answer.header("Tarn-Root") == first.root.hex)
            }
            #expect(try await client.get("/v1/namespace/workspace/a").number("size") == 5)
        }
    }

    @Test(arguments: [
        ("/v1/namespace/workspace/none", 404, "NOT_FOUND"),
        ("/v1/namespace/workspace/a?at=99", 404, "NOT_FOUND"),
        ("/v1/namespace/workspace/a?at=1970-01-02", 410, "GONE"),
        ("/v1/namespace/workspace/a?at=whenever", 400, "INVALID_REQUEST"),
        ("/v1/namespace/elsewhere", 400, "INVALID_REQUEST"),
        ("/v1/namespace/workspace//a", 400, "INVALID_REQUEST"),
        ("/v1/namespace/workspace/%zz", 400, "INVALID_REQUEST"),
        ("/v1/namespace/workspace?limit=-1", 400, "INVALID_REQUEST"),
        ("/v1/namespace/workspace?limit=10001", 400, "INVALID_REQUEST"),
        ("/v1/namespace/workspace?recursive=maybe", 400, "INVALID_REQUEST"),
    ])
    func whatCannotBeReadIsSaid(_ target: String, _ status: Int, _ code: String) async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.get(target)
            #expect(answer.status == status)
            #expect(answer.errorCode == code)
        }
    }

    @Test func encodedNamesAreDecoded() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a b/ü.txt", "x")
            let answer = try await client.get("/v1/namespace/workspace/a%20b/%C3%BC.txt")
            #expect(try answer.string("path") == "/workspace/a b/ü.txt")
        }
    }

    @Test func tokensAndSecretsAreListedForAdminsOnly() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/meta/secret/s.json", "{}")
            try await node.write("/meta/job/1.json", "{}")
            let shown = try await client.get("/v1/namespace/meta?recursive=true", token: APITest.reader)
            #expect(try shown.names("children") == ["/meta/job", "/meta/job/1.json"])
            let all = try await client.get("/v1/namespace/meta?recursive=true")
            #expect(try all.names("children").contains("/meta/secret/s.json"))
            #expect(try await client.get("/v1/namespace/meta/secret", token: APITest.writer).status == 403)
        }
    }

    @Test(arguments: ["/v1/namespace/meta?recursive=true&", "/v1/namespace/meta?", "/v1/diff?from=0&"])
    func pagesGoOnBehindWhatTheyHideWithoutNamingIt(_ target: String) async throws {
        try await APITest.run { node, client async throws in
            for path in ["job/1", "secret/main/x:hidden", "secret/main/y:hidden", "secret_scope/main/hidden", "user/1"]
            {
                try await node.write("/meta/\(path).json", "{}")
            }
            for limit in 1...3 {
                var seen: [String] = []
                var after: String?
                repeat {
                    let page = try await client.get(
                        "\(target)limit=\(limit)\(after.map { "&after=\($0)" } ?? "")",
                        token: APITest.reader
                    )
                    #expect(page.status == 200)
                    #expect(!page.text.contains("hidden"))
                    seen += try page.names(target.contains("diff") ? "differences" : "children")
                    after = try page.json["next"] as? String
                } while after != nil && seen.count < 10
                #expect(seen.first == "/meta/job")
                #expect(seen.last == (target.hasSuffix("meta?") ? "/meta/user" : "/meta/user/1.json"))
                #expect(!seen.contains { $0.hasPrefix("/meta/secret") })
            }
        }
    }
}
