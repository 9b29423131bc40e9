import HTTPTypes
import Hummingbird
import HummingbirdTesting
import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

@Suite("Audit log")
struct AuditRouteTests {
    @Test("changes, tokens and failed logins are told newest first, with author and source")
    func tellsWhatHappened() async throws {
        try await APITest.withNode { node in
            let server = try APITest.server(node)
            try await server.application().test(.router) { base in
                let client = APITest.Client(base: base)
                #expect(
                    try await client.send(.put, "/v1/content/workspace/a", "x", token: APITest.writer).status == 201
                )
                let made = try await client.send(.post, "/v1/tokens", "{\"name\":\"ci\",\"scope\":\"read\"}")
                let id = try made.string("id")
                #expect(try await client.send(.post, "/v1/tokens/\(id)", "{\"grace_seconds\":60}").status == 200)
                #expect(try await client.send(.delete, "/v1/tokens/\(id)").status == 200)
                for _ in 0..<3 { _ = try await client.get("/v1/status", token: "unknown") }
                // On a busy machine the recorder's own round comes between the failures: then two records count them,
                // of which it may be writing one still.
                var answer = try await Self.log(after: server.audit, client)
                for _ in 0..<100 where try Self.failuresCount(answer) < 3 {
                    try await Task.sleep(for: .milliseconds(50))
                    answer = try await Self.log(after: server.audit, client)
                }
                let actions = try answer.names("records", "action")
                let failures = try answer.list("records").prefix { $0["action"] as? String == "login_failure" }
                try #require(!failures.isEmpty)
                #expect(
                    actions.dropFirst(failures.count) == ["token_revoked", "token_rotated", "token_created", "change"]
                )
                #expect(
                    try answer.names("records", "author").dropFirst(failures.count - 1)
                        == ["node:dc1", "admin", "admin", "admin", "writer"]
                )
                let details = failures.compactMap { $0["detail"] as? [String: String] }
                #expect(try Self.failuresCount(answer) == 3)
                #expect(details.allSatisfy { $0["tokens"] == "malformed ×\($0["count"] ?? "")" })
                #expect(try answer.list("records").last?["paths"] as? [String] == ["/workspace/a"])
                let writers = try await client.get("/v1/audit?author=writer")
                #expect(try writers.names("records", "action") == ["change"])
            }
        }
    }

    @Test("a client's secret that is refused is a failed login, told with the part that is none")
    func tellsOfRefusedSecrets() async throws {
        try await APITest.withNode { node in
            let server = try APITest.server(node)
            try await server.application().test(.router) { base in
                let client = APITest.Client(base: base)
                let secret = BearerToken(id: "robot", secret: Array(repeating: 7, count: 32)).text
                let form = "grant_type=client_credentials&client_id=robot&client_secret=\(secret)"
                #expect(try await client.send(.post, "/oidc/v1/token", form, token: nil).status == 401)
                var answer = try await Self.log(after: server.audit, client)
                for _ in 0..<100 where try Self.failuresCount(answer) < 1 {
                    try await Task.sleep(for: .milliseconds(50))
                    answer = try await Self.log(after: server.audit, client)
                }
                let details = try answer.list("records").compactMap { $0["detail"] as? [String: String] }
                #expect(details.first?["tokens"] == "robot ×1")
                #expect(!answer.text.contains(Hex.encode(Array(repeating: 7, count: 32))))
            }
        }
    }

    /// The audit log once the recorder has told what it knows, as if a minute had passed.
    private static func log(after recorder: AuditRecorder, _ client: APITest.Client) async throws -> APITest.Answer {
        await recorder.flush(now: WallClock.microseconds() + 60_000_000)
        return try await client.get("/v1/audit")
    }

    /// How many failed logins the records tell of.
    private static func failuresCount(_ answer: APITest.Answer) throws -> Int {
        try answer.list("records").compactMap { ($0["detail"] as? [String: String])?["count"] }
            .compactMap { Int($0) }.reduce(0, +)
    }

    @Test("a clock that goes back keeps no failed login back")
    func clockGoesBack() async throws {
        try await APITest.withNode { node in
            let server = try APITest.server(node)
            let now = WallClock.microseconds()
            for time in [now + 3_600_000_000, now] {
                server.audit.noteLoginFailure(source: "192.0.2.1", tokenID: "old")
                await server.audit.flush(now: time)
            }
            #expect(node.commitCount == 2)
        }
    }

    @Test("pages go on where the last one ended, and end at the time that is asked for")
    func pages() async throws {
        try await APITest.run { node, client async throws in
            for number in 0..<7 { try await node.write("/workspace/\(number)", "x") }
            var seen: [Int] = []
            var before = ""
            for _ in 0..<4 {
                let page = try await client.get("/v1/audit?limit=2\(before)")
                seen += try page.list("records").compactMap { $0["op"] as? Int }
                guard let next = try page.json["next"] as? Int else { break }
                before = "&before=\(next)"
            }
            #expect(seen == [7, 6, 5, 4, 3, 2, 1])
            let header = try #require(try await node.log(after: Op(4), limit: 1).first)
            let since = Timestamp(microseconds: header.timestampMicroseconds).description
            #expect(try await client.get("/v1/audit?since=\(since)").list("records").count == 3)
        }
    }

    @Test("failed logins are summed up at most once a minute")
    func sums() async throws {
        try await APITest.withNode { node in
            let server = try APITest.server(node)
            let now = WallClock.microseconds()
            server.audit.noteLoginFailure(source: "192.0.2.1", tokenID: "old")
            await server.audit.flush(now: now)
            #expect(node.commitCount == 1)
            for number in 0..<100 { server.audit.noteLoginFailure(source: "192.0.2.\(number)", tokenID: "old") }
            await server.audit.flush(now: now + 59_000_000)
            #expect(node.commitCount == 1)
            await server.audit.flush(now: now + 60_000_000)
            #expect(node.commitCount == 2)
            let entry = try #require(node["/meta/audit/dc1.json"])
            let record = try #require(AuditRecord(entry.attributes))
            #expect(record.detail["count"] == "100")
            #expect(record.detail["sources"]?.hasPrefix("others ×92") == true)
        }
    }

    @Test("records wait while there is no primary that takes them")
    func waits() async throws {
        try await APITest.withNode { node in
            let server = try APITest.server(node)
            node.fail { $0.commit = NodeErrors.conflict }
            server.audit.noteLoginFailure(source: "192.0.2.1", tokenID: nil)
            await server.audit.flush(now: .max)
            node.fail { $0.commit = nil }
            await server.audit.flush(now: 1)
            #expect(node["/meta/audit/dc1.json"] != nil)
        }
    }

    @Test("nobody but nodes writes records, and nobody but administrators reads them")
    func isProtected() async throws {
        try await APITest.run { node, client async throws in
            let record = "{\"action\":\"verify\",\"time\":1}"
            #expect(try await client.send(.post, "/v1/audit", record).status == 403)
            let token = node.credential.token(of: node.datacenter).text
            #expect(try await client.send(.post, "/v1/audit", record, token: token).status == 200)
            #expect(try await client.get("/v1/audit", token: APITest.writer).status == 403)
            let target = "/v1/content/meta/audit/dc1.json"
            #expect(try await client.send(.put, target, "{}").status == 403)
            #expect(try await client.send(.delete, target).status == 403)
            let change = "{\"changes\":[{\"path\":\"/meta/audit/dc1.json\",\"delete\":{}}]}"
            #expect(try await client.send(.post, "/v1/changes", change).status == 403)
            #expect(try await client.get("/v1/content/meta/audit/dc1.json", token: APITest.reader).status == 403)
        }
    }

    @Test("what is too long for a record is cut, never refused")
    func cuts() throws {
        let long = String(repeating: "ü", count: 2_000)
        let record = AuditRecord(action: long, author: long, source: long, time: 1, detail: ["a": long, long: "b"])
        let attributes = try record.attributes()
        #expect(throws: Never.self) { try attributes.check() }
        #expect(AuditRecord(attributes)?.time == 1)
        #expect(try AuditRecord(json: record.json) == record)
    }
}
