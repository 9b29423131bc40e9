import HTTPTypes
import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct BulkContentRouteTests {
    private static func frame(_ paths: [String]) -> [UInt8] {
        var writer = CanonicalWriter()
        for path in paths { writer.write(bytes: Array(path.utf8)) }
        return writer.bytes
    }

    private static func contents(_ bytes: [UInt8], count: Int) throws -> [String?] {
        var reader = CanonicalReader(bytes)
        let contents = try (0..<count).map { _ throws in
            let count = try reader.readCount(max: 1 << 20)
            return count == 0 ? nil : String(decoding: try reader.readRaw(count: count - 1), as: UTF8.self)
        }
        #expect(reader.isAtEnd)
        return contents
    }

    @Test func manyFilesComeInOneAnswer() async throws {
        try await APITest.run { node, client async throws in
            for (path, text) in [("a.py", "one"), ("b/ü c.py", "two"), ("b/empty", "")] {
                try await node.write("/workspace/main/\(path)", text)
            }
            let names = ["b/ü c.py", "a.py", "none", "b", "b/empty", "a.py"]
            let answer = try await client.send(.post, "/v1/contents/workspace/main", bytes: Self.frame(names))
            #expect(answer.status == 200)
            #expect(try Self.contents(answer.bytes, count: 6) == ["two", "one", nil, nil, "", "one"])
            #expect(answer.header("Tarn-Op") == "3")
            let past = try await client.send(.post, "/v1/contents/workspace/main?at=1", bytes: Self.frame(names))
            #expect(try Self.contents(past.bytes, count: 6) == [nil, "one", nil, nil, nil, "one"])
        }
    }

    @Test func aPathCannotLeadOutOfItsDirectory() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/other/secret", "no")
            for name in ["../other/secret", "/workspace/other/secret", "a/../../other/secret", ""] {
                let answer = try await client.send(.post, "/v1/contents/workspace/main", bytes: Self.frame([name]))
                #expect(answer.status == 400, "\(name)")
            }
        }
    }

    @Test func contentOfTokensNeedsAnAdmin() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/meta/token/t1", "hash")
            try await node.write("/meta/job/1", "job")
            let body = Self.frame(["token/t1", "job/1"])
            let answer = try await client.send(.post, "/v1/contents/meta", bytes: body, token: APITest.writer)
            #expect(try Self.contents(answer.bytes, count: 2) == [nil, "job"])
            let admin = try await client.send(.post, "/v1/contents/meta", bytes: body)
            #expect(try Self.contents(admin.bytes, count: 2) == ["hash", "job"])
        }
    }

    @Test func brokenAndEndlessRequestsAreRefused() async throws {
        try await APITest.run { _, client async throws in
            let many = [UInt8](repeating: 1, count: (Limits.bulkPathsMax + 1) * 2)
            #expect(try await client.send(.post, "/v1/contents/workspace", bytes: many).status == 413)
            #expect(try await client.send(.post, "/v1/contents/workspace", bytes: [9, 1]).status == 400)
            let huge = [UInt8](repeating: 1, count: Limits.bulkRequestBytesMax + 1)
            #expect(try await client.send(.post, "/v1/contents/workspace", bytes: huge).status == 413)
        }
    }
}
