import HTTPTypes
import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct WorkspaceRouteTests {
    private static let api = "/api/2.0/workspace"

    private static func put(
        _ client: APITest.Client,
        _ path: String,
        _ content: String,
        _ rest: String = #", "format": "SOURCE", "language": "PYTHON""#,
        prefix: String = ""
    ) async throws -> APITest.Answer {
        let encoded = Base64.encode(Array(content.utf8))
        return try await client.send(
            .post,
            "\(prefix)\(self.api)/import",
            #"{"path": "\#(path)", "content": "\#(encoded)"\#(rest)}"#
        )
    }

    private static func mkdirs(_ client: APITest.Client, _ path: String, prefix: String = "") async throws {
        let answer = try await client.send(.post, "\(prefix)\(self.api)/mkdirs", #"{"path": "\#(path)"}"#)
        #expect(answer.text == "{}")
    }

    @Test func aSourceNotebookGetsItsHeaderAndKeepsItsPath() async throws {
        try await APITest.run { node, client async throws in
            try await Self.mkdirs(client, "/a")
            #expect(try await Self.put(client, "/a/n.py", "print(1)").text == "{}")
            let status = try await client.get("\(Self.api)/get-status?path=/a/n.py")
            #expect(try status.string("object_type") == "NOTEBOOK")
            #expect(try status.string("language") == "PYTHON")
            #expect(try status.string("path") == "/a/n.py")
            #expect(try status.number("object_id") > 0)
            #expect(try status.string("resource_id") == String(status.number("object_id")))
            let export = try await client.get("\(Self.api)/export?path=%2Fa%2Fn.py&format=SOURCE")
            let content = try #require(Base64.decode(try export.string("content")))
            #expect(String(decoding: content, as: UTF8.self) == "# Databricks notebook source\nprint(1)")
            #expect(try export.string("file_type") == "py")
            let download = try await client.get("\(Self.api)/export?path=/a/n.py&direct_download=true")
            #expect(download.text == "# Databricks notebook source\nprint(1)")
            #expect(node["/workspace/main/a/n.py"]?.attributes["format"] == "SOURCE")
        }
    }

    @Test func autoMakesNotebooksOfWhatHasTheHeaderAndFilesOfTheRest() async throws {
        try await APITest.run { _, client async throws in
            let auto = #", "format": "AUTO""#
            _ = try await Self.put(client, "/Shared/n.py", "# Databricks notebook source\n1", auto)
            _ = try await Self.put(client, "/Shared/f.py", "print(1)", auto)
            _ = try await Self.put(client, "/Shared/j.ipynb", #"{"cells": [], "metadata": {}, "nbformat": 4}"#, auto)
            let list = try await client.get("\(Self.api)/list?path=/Shared")
            #expect(try list.names("objects") == ["/Shared/f.py", "/Shared/j", "/Shared/n"])
            #expect(try list.names("objects", "object_type") == ["FILE", "NOTEBOOK", "NOTEBOOK"])
            #expect(try list.list("objects")[0]["size"] as? Int == 8)
        }
    }

    @Test func aFormHoldsTheBytesThemselves() async throws {
        try await APITest.run { _, client async throws in
            let form = [
                "--b1", #"Content-Disposition: form-data; name="path""#, "", "/Shared/x.bin", "--b1",
                #"Content-Disposition: form-data; name="format""#, "", "RAW", "--b1",
                #"Content-Disposition: form-data; name="content"; filename="content""#,
                "Content-Type: application/octet-stream", "", "a\r\n--b\r\nc", "--b1--", "",
            ].joined(separator: "\r\n")
            let answer = try await client.send(
                .post,
                "\(Self.api)/import",
                form,
                headers: ["Content-Type": "multipart/form-data; boundary=b1"]
            )
            #expect(answer.status == 200)
            let export = try await client.get("\(Self.api)/export?path=/Shared/x.bin&format=AUTO&direct_download=true")
            #expect(export.text == "a\r\n--b\r\nc")
        }
    }

    @Test(arguments: ["SOURCE", "JUPYTER", "HTML", "DBC", "R_MARKDOWN"])
    func whatIsExportedInAFormatIsImportedInIt(_ format: String) async throws {
        try await APITest.run { _, client async throws in
            let source = "# Databricks notebook source\nprint(1)\n\n# COMMAND ----------\n\nprint(2)"
            _ = try await Self.put(client, "/Shared/n", source)
            let export = try await client.get("\(Self.api)/export?path=/Shared/n&format=\(format)")
            #expect(export.status == 200, "\(export.text)")
            let body =
                #"{"path": "/Shared/m", "format": "\#(format)", "language": "PYTHON", "content": "\#(try export.string("content"))"}"#
            #expect(try await client.send(.post, "\(Self.api)/import", body).text == "{}")
            let back = try await client.get("\(Self.api)/export?path=/Shared/m&direct_download=true")
            #expect(back.text == source)
        }
    }

    @Test func anArchiveOfAFolderBecomesAFolder() async throws {
        try await APITest.run { _, client async throws in
            try await Self.mkdirs(client, "/Shared/a/b")
            _ = try await Self.put(client, "/Shared/a/n", "1")
            _ = try await Self.put(client, "/Shared/a/b/m", "2", #", "language": "SQL""#)
            let export = try await client.get("\(Self.api)/export?path=/Shared/a&format=DBC")
            #expect(try export.string("file_type") == "dbc")
            let body = #"{"path": "/Shared/c", "format": "DBC", "content": "\#(try export.string("content"))"}"#
            #expect(try await client.send(.post, "\(Self.api)/import", body).text == "{}")
            #expect(
                try await client.get("\(Self.api)/list?path=/Shared/c").names("objects") == [
                    "/Shared/c/b", "/Shared/c/n",
                ]
            )
            let inner = try await client.get("\(Self.api)/export?path=/Shared/c/b/m&direct_download=true")
            #expect(inner.text == "-- Databricks notebook source\n2")
            #expect(try await client.send(.post, "\(Self.api)/import", body).errorCode == "RESOURCE_ALREADY_EXISTS")
        }
    }

    @Test func overwritingKeepsTheObjectIDAndNeedsToBeAsked() async throws {
        try await APITest.run { _, client async throws in
            _ = try await Self.put(client, "/Shared/n", "1")
            let before = try await client.get("\(Self.api)/get-status?path=/Shared/n").number("object_id")
            let refused = try await Self.put(client, "/Shared/n", "2")
            #expect(refused.status == 400)
            #expect(refused.errorCode == "RESOURCE_ALREADY_EXISTS")
            #expect(try refused.string("message") == "Path (/Shared/n) already exists.")
            let taken = try await Self.put(
                client,
                "/Shared/n",
                "2",
                #", "format": "SOURCE", "language": "SQL", "overwrite": true"#
            )
            #expect(taken.status == 200)
            let after = try await client.get("\(Self.api)/get-status?path=/Shared/n")
            #expect(try after.number("object_id") == before)
            #expect(try after.string("language") == "SQL")
        }
    }

    @Test(arguments: ["/Workspace/Shared/n", "//Shared//n", "/Workspace//Shared/n/", "/Shared/n/"])
    func manySpellingsMeanOnePath(_ path: String) async throws {
        try await APITest.run { _, client async throws in
            _ = try await Self.put(client, "/Shared/n", "1")
            #expect(try await client.get("\(Self.api)/get-status?path=\(path)").string("path") == "/Shared/n")
        }
    }

    @Test func listingShowsOneLevelOrTheObjectItself() async throws {
        try await APITest.run { _, client async throws in
            #expect(try await client.get("\(Self.api)/list?path=/").text == "{}")
            try await Self.mkdirs(client, "/a/b/c")
            _ = try await Self.put(client, "/a/n", "1")
            #expect(try await client.get("\(Self.api)/list?path=/a").names("objects") == ["/a/b", "/a/n"])
            #expect(try await client.get("\(Self.api)/list?path=/a/n").names("objects") == ["/a/n"])
            #expect(try await client.get("\(Self.api)/list?path=/a/b/c").text == "{}")
            let later = try await client.get("\(Self.api)/list?path=/a&notebooks_modified_after=9999999999999")
            #expect(try later.names("objects") == ["/a/b"])
        }
    }

    @Test func deletingAFolderNeedsToBeAskedForItsContents() async throws {
        try await APITest.run { node, client async throws in
            try await Self.mkdirs(client, "/a/b")
            let refused = try await client.send(.post, "\(Self.api)/delete", #"{"path": "/a"}"#)
            #expect(refused.status == 400)
            #expect(refused.errorCode == "DIRECTORY_NOT_EMPTY")
            #expect(try refused.string("message") == "Folder (/a) is not empty")
            let taken = try await client.send(.post, "\(Self.api)/delete", #"{"path": "/a", "recursive": true}"#)
            #expect(taken.text == "{}")
            #expect(node["/workspace/main/a"] == nil)
        }
    }

    @Test func aFileIsNoFolder() async throws {
        try await APITest.run { _, client async throws in
            _ = try await Self.put(client, "/Shared/n", "1")
            for path in ["/Shared/n", "/Shared/n/below"] {
                let answer = try await client.send(.post, "\(Self.api)/mkdirs", #"{"path": "\#(path)"}"#)
                #expect(answer.status == 400)
                #expect(answer.errorCode == "RESOURCE_ALREADY_EXISTS")
                #expect(try answer.string("message").contains("already exists and it is not a folder"))
            }
            let below = try await Self.put(client, "/Shared/n/below", "1")
            #expect(below.status == 400)
            let over = try await Self.put(client, "/Shared", "1", #", "language": "PYTHON", "overwrite": true"#)
            #expect(over.status == 400)
            #expect(over.errorCode == "INVALID_PARAMETER_VALUE")
        }
    }

    @Test(arguments: [
        (#"{"path": "/Shared/n", "content": "!!", "language": "SQL"}"#, 400, "INVALID_PARAMETER_VALUE"),
        (#"{"path": "/Shared/n", "content": "MQ=="}"#, 400, "INVALID_PARAMETER_VALUE"),
        (#"{"path": "/Shared/n", "content": "MQ==", "format": "WORD"}"#, 400, "INVALID_PARAMETER_VALUE"),
        (#"{"path": "/Shared/n", "content": "MQ==", "language": "COBOL"}"#, 400, "INVALID_PARAMETER_VALUE"),
        (#"{"path": "Shared/n", "content": "MQ==", "language": "SQL"}"#, 400, "INVALID_PARAMETER_VALUE"),
        (#"{"path": "/../../meta/x", "content": "MQ==", "language": "SQL"}"#, 400, "INVALID_PARAMETER_VALUE"),
        (#"{"path": "/no/where", "content": "MQ==", "language": "SQL"}"#, 404, "RESOURCE_DOES_NOT_EXIST"),
        (#"{"content": "MQ==", "language": "SQL"}"#, 400, "INVALID_PARAMETER_VALUE"),
        (#"{"path": "#, 400, "MALFORMED_REQUEST"), ("[1]", 400, "MALFORMED_REQUEST"),
    ])
    func badImportsAreNamedAndChangeNothing(_ body: String, _ status: Int, _ code: String) async throws {
        try await APITest.run { node, client async throws in
            let answer = try await client.send(.post, "\(Self.api)/import", body)
            #expect(answer.status == status)
            #expect(answer.errorCode == code)
            #expect(node.commitCount == 0)
        }
    }

    @Test func aNotebookOverTheLimitIsRefusedByItsSize() async throws {
        try await APITest.run { _, client async throws in
            let content = String(repeating: "x", count: Limits.workspaceObjectBytesMax + 1)
            let answer = try await Self.put(client, "/Shared/n", content)
            #expect(answer.status == 400)
            #expect(answer.errorCode == "MAX_NOTEBOOK_SIZE_EXCEEDED")
            #expect(
                try answer.string("message")
                    == "File size imported is (10485761 bytes), exceeded max size (10485760 bytes)"
            )
            #expect((try answer.list("details"))[0]["reason"] as? String == "MAX_NOTEBOOK_SIZE_EXCEEDED")
        }
    }

    @Test(arguments: ["get-status", "export", "list"])
    func whatIsNotThereIsNamed(_ call: String) async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.get("\(Self.api)/\(call)?path=/x")
            #expect(answer.status == 404)
            #expect(answer.errorCode == "RESOURCE_DOES_NOT_EXIST")
            #expect(try answer.string("message") == "Path (/x) doesn't exist.")
        }
    }

    @Test func otherWorkspacesAreBehindAPrefixAndHaveIDsOfTheirOwn() async throws {
        try await APITest.run { node, client async throws in
            _ = try await Self.put(client, "/Shared/n", "1")
            _ = try await Self.put(client, "/Shared/n", "2", prefix: "/w/other")
            #expect(node["/workspace/other/Shared/n"] != nil)
            let first = try await client.get("\(Self.api)/export?path=/Shared/n&direct_download=true")
            let second = try await client.get("/w/other\(Self.api)/export?path=/Shared/n&direct_download=true")
            #expect(first.text.hasSuffix("1"))
            #expect(second.text.hasSuffix("2"))
            let ids = [first, second].compactMap { $0.header("X-Databricks-Org-Id") }
            #expect(Set(ids).count == 2)
            #expect(ids.allSatisfy { Int($0) != nil })
        }
    }

    @Test func aTokenThatIsLimitedToAWorkspaceChoosesItAndSeesNoOther() async throws {
        try await APITest.run { node, client async throws in
            _ = try await Self.put(client, "/Shared/n", "1")
            _ = try await Self.put(client, "/Shared/m", "2", prefix: "/w/other")
            try node.add(token: "limited", name: "limited", scope: .read, paths: ["/workspace/other"])
            let own = try await client.get("\(Self.api)/list?path=/Shared", token: "limited")
            #expect(try own.names("objects") == ["/Shared/m"])
            let foreign = try await client.get("/w/main\(Self.api)/list?path=/Shared", token: "limited")
            #expect(foreign.status == 403)
            #expect(foreign.errorCode == "PERMISSION_DENIED")
            let write = try await client.send(
                .post,
                "\(Self.api)/mkdirs",
                #"{"path": "/Shared/x"}"#,
                token: "limited"
            )
            #expect(write.status == 403)
        }
    }

    @Test func filesOfToolsArriveByTheirBytes() async throws {
        try await APITest.run { _, client async throws in
            let target = "/api/2.0/workspace-files/import-file/%2FShared%2Fdir%2Fa%20b.txt"
            let missing = try await client.send(.post, target, "hello")
            #expect(missing.status == 404)
            try await Self.mkdirs(client, "/Shared/dir")
            #expect(try await client.send(.post, target, "hello").status == 200)
            let again = try await client.send(.post, target, "hello")
            #expect(again.status == 409)
            #expect(try await client.send(.post, "\(target)?overwrite=true", "other").status == 200)
            let read = try await client.get("/api/2.0/workspace-files/Shared/dir/a%20b.txt")
            #expect(read.text == "other")
            let notebook = "/api/2.0/workspace-files/import-file/Shared%2Fdir%2Fn.py"
            let source = "# Databricks notebook source\n1"
            #expect(try await client.send(.post, notebook, source).status == 200)
            let conflict = try await client.send(.post, notebook, source)
            #expect(conflict.status == 400)
            #expect(try conflict.string("message") == "Path (/Shared/dir/n) already exists.")
        }
    }

    @Test func unknownRoutesAndTokensAreToldInTheSameShape() async throws {
        try await APITest.run { _, client async throws in
            let unknown = try await client.get("/api/2.0/nothing/here")
            #expect(unknown.status == 404)
            #expect(unknown.errorCode == "ENDPOINT_NOT_FOUND")
            let stranger = try await client.get("\(Self.api)/list?path=/", token: "stranger")
            #expect(stranger.status == 401)
            #expect(stranger.errorCode == "UNAUTHENTICATED")
            let reader = try await client.send(
                .post,
                "\(Self.api)/mkdirs",
                #"{"path": "/x"}"#,
                token: APITest.reader
            )
            #expect(reader.status == 403)
            #expect(reader.errorCode == "PERMISSION_DENIED")
        }
    }

    @Test(arguments: [(NodeError.Code.unavailable, 503), (.unknownOutcome, 504)])
    func whetherAWriteWasOrderedDecidesTheStatus(_ code: NodeError.Code, _ status: Int) async throws {
        try await APITest.run { node, client async throws in
            node.fail { $0.commit = NodeError(code, "no") }
            // A node that does not lead does not wait for a quorum of its own.
            if code == .unavailable { node.set(primaryURL: "http://127.0.0.1:1") }
            let answer = try await client.send(
                .post,
                "\(Self.api)/mkdirs",
                #"{"path": "/x"}"#,
                headers: ["Tarn-Forwarded-By": "dc2"]
            )
            #expect(answer.status == status)
            #expect((answer.header("Retry-After") == "1") == (status == 503))
        }
    }
}
