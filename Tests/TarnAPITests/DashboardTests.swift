import Foundation
import HTTPTypes
import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

@Suite("Dashboard")
struct DashboardTests {
    private static let evil = "<script>window.pwned = 1</script>\"'&"

    private static func cookie(_ token: String) -> [String: String] { ["Cookie": "tarn_session=\(token)"] }

    private static func get(_ client: APITest.Client, _ target: String, _ token: String) async throws -> APITest.Answer
    {
        try await client.get(target, token: nil, headers: self.cookie(token))
    }

    /// The value of the hidden field of the first form of a page.
    private static func code(in page: String) throws -> String {
        let mark = "name=\"code\" value=\""
        let start = try #require(page.range(of: mark)).upperBound
        return String(page[start...].prefix { $0 != "\"" })
    }

    static let pages = [
        "/", "/ui/health", "/ui/browse", "/ui/browse/workspace", "/ui/browse/workspace/n.py", "/ui/search",
        "/ui/search?q=x", "/ui/log", "/ui/log/1", "/ui/storage", "/ui/audit", "/ui/history/workspace/n.py",
        "/ui/drills", "/ui/proof/workspace/n.py", "/ui/diff/workspace/n.py?from=1", "/ui/browse/workspace/n.py?at=1",
    ]

    @Test("whoever has not signed in is asked to, on every page", arguments: Self.pages + ["/ui/events", "/ui/raw/x"])
    func asksForToken(_ page: String) async throws {
        try await APITest.run { _, client async throws in
            for headers in [[:], Self.cookie("unknown")] {
                let answer = try await client.get(page, token: nil, headers: headers)
                #expect(answer.status == 303)
                #expect(answer.header("Location") == "/ui/login")
            }
        }
    }

    @Test(
        "every page is shown to an administrator, loads nothing from elsewhere, and forbids scripts",
        arguments: pages
    )
    func shows(_ page: String) async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/n.py", "# Databricks notebook source\n\(Self.evil)")
            try await node.write("/workspace/n.py", "# Databricks notebook source\n\(Self.evil)2")
            let answer = try await Self.get(client, page, APITest.admin)
            #expect(answer.status == 200, "\(answer.text.suffix(400))")
            #expect(answer.header("Content-Type") == "text/html; charset=utf-8")
            #expect(answer.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
            #expect(answer.header("Content-Security-Policy")?.contains("unsafe") == false)
            #expect(answer.text.contains("<h1>"))
            #expect(!answer.text.contains("<script>"))
            for mark in ["src=\"http", "href=\"http", "url(", "onclick", "style=\""] {
                #expect(!answer.text.contains(mark))
            }
        }
    }

    @Test("content, paths and authors are shown as text, whatever they hold")
    func injectsNothing() async throws {
        try await APITest.run { node, client async throws in
            try node.add(token: "evil", name: Self.evil, scope: .admin)
            let path = "/workspace/\(Self.evil).txt".replacing("/script", with: "_script")
            let target = DashboardFormat.link("/ui/browse", try NamespacePath(path))
            try await node.write(path, Self.evil)
            for page in [target, "/ui/browse/workspace", "/ui/log", "/ui/log/1", "/ui/audit", "/"] {
                let text = try await Self.get(client, page, "evil").text
                #expect(!text.contains("<script>window"))
                #expect(text.contains("&lt;script&gt;window"))
            }
        }
    }

    @Test("signing in takes a token and the code of the form that was shown")
    func signsIn() async throws {
        try await APITest.run { node, client async throws in
            let form = try await client.get("/ui/login", token: nil)
            let setCookie = try #require(form.header("Set-Cookie"))
            #expect(setCookie.contains("HttpOnly") && setCookie.contains("SameSite=Strict"))
            let cookie = String(setCookie.prefix { $0 != ";" })
            let code = try Self.code(in: form.text)
            func post(
                _ code: String,
                _ token: String,
                _ cookie: String,
                _ site: String = "same-origin"
            ) async throws
                -> APITest.Answer
            {
                try await client.send(
                    .post,
                    "/ui/login",
                    "code=\(code)&token=\(token)",
                    token: nil,
                    headers: ["Cookie": cookie, "Sec-Fetch-Site": site]
                )
            }
            let done = try await post(code, APITest.reader, cookie)
            #expect(done.status == 303)
            #expect(done.header("Location") == "/")
            let session = try #require(done.headers[values: .setCookie].first { $0.hasPrefix("tarn_session=") })
            #expect(session.contains("HttpOnly") && session.contains("SameSite=Strict"))
            #expect(try await post("0000", APITest.reader, cookie).status == 403)
            #expect(try await post(code, APITest.reader, "tarn_form=other").status == 403)
            #expect(try await post(code, APITest.reader, cookie, "cross-site").status == 403)
            #expect(try await post(code, "wrong", cookie).status == 403)
        }
    }

    @Test("signing out needs the code of the page, so that no other site can do it")
    func signsOut() async throws {
        try await APITest.run { _, client async throws in
            let code = try Self.code(in: try await Self.get(client, "/", APITest.reader).text)
            let headers = Self.cookie(APITest.reader)
            let forged = try await client.send(.post, "/ui/logout", "code=1", token: nil, headers: headers)
            #expect(forged.status == 403)
            let done = try await client.send(.post, "/ui/logout", "code=\(code)", token: nil, headers: headers)
            #expect(done.status == 303)
            #expect(done.header("Set-Cookie")?.contains("Max-Age=0") == true)
        }
    }

    @Test("a token sees on pages what it sees through the API")
    func respectsAccess() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/meta/secret/s.json", "{\"value\":\"hidden\"}")
            try await node.write("/workspace/team/a.txt", "mine")
            try await node.write("/workspace/other/b.txt", "theirs")
            try node.add(token: "limited", name: "limited", scope: .read, paths: ["/workspace/team"])
            #expect(try await Self.get(client, "/ui/audit", APITest.writer).status == 403)
            #expect(try await Self.get(client, "/ui/browse/meta/secret", APITest.writer).status == 403)
            #expect(try await Self.get(client, "/ui/raw/meta/secret/s.json", APITest.writer).status == 403)
            #expect(try await !Self.get(client, "/ui/browse/meta", APITest.writer).text.contains("secret/"))
            #expect(try await !Self.get(client, "/ui/log/1", APITest.writer).text.contains("/meta/secret"))
            #expect(try await Self.get(client, "/", "limited").status == 403)
            #expect(try await Self.get(client, "/ui/browse/workspace/team/a.txt", "limited").text.contains("mine"))
            #expect(try await Self.get(client, "/ui/browse/workspace/other", "limited").status == 403)
            #expect(try await !Self.get(client, "/ui/browse/workspace", "limited").text.contains("other"))
            let move = #"{"changes": [{"path": "/workspace/other/b.txt", "move": {"to": "/meta/secret/t"}}]}"#
            let moved = try await client.send(.post, "/v1/changes", move).number("op")
            #expect(try await !Self.get(client, "/ui/log/\(moved)", APITest.writer).text.contains("/meta/secret"))
            #expect(try await Self.get(client, "/ui/log/\(moved)", APITest.admin).text.contains("/meta/secret"))
            // Absence is proved by the neighbours, and the first of the others stands behind the last of the team's.
            try await node.write("/workspace/vault/plan.txt", "theirs")
            #expect(try await Self.get(client, "/ui/proof/workspace/team/a.txt", "limited").status == 200)
            let absence = try await Self.get(client, "/ui/proof/workspace/team/z", "limited")
            #expect(absence.status == 403)
            #expect(!absence.text.contains("vault"))
        }
    }

    @Test("a limited token finds its paths in a directory of any size, and no others")
    func showsTheWay() async throws {
        try await APITest.run { node, client async throws in
            let others = (0...Limits.dashboardRowsMax).map { number in
                #"{"path": "/workspace/other\#(number)", "put": {"kind": "directory"}}"#
            }
            let changes = #"{"changes": [\#(others.joined(separator: ","))]}"#
            #expect(try await client.send(.post, "/v1/changes", changes).status == 200)
            try await node.write("/workspace/team/a.txt", "mine")
            try node.add(token: "limited", name: "limited", scope: .read, paths: ["/workspace/team", "/tables/c/s"])
            let page = try await Self.get(client, "/ui/browse/workspace", "limited").text
            #expect(page.contains("/ui/browse/workspace/team"))
            #expect(!page.contains("other"))
            #expect(try await Self.get(client, "/ui/browse", "limited").text.contains("/ui/browse/tables"))
            #expect(try await Self.get(client, "/ui/browse/workspace/team", "limited").text.contains("a.txt"))
            #expect(try await Self.get(client, "/ui/browse/workspace", APITest.reader).text.contains("?after=other"))
        }
    }

    @Test("a token's limits hold for pages and for requests together")
    func respectsLimits() async throws {
        try await APITest.run { node, client async throws in
            try node.add(token: "slow", name: "slow", scope: .read, limits: TokenLimits(requestsPerSecond: 1))
            // On a machine that is busy elsewhere more than a second may pass between two of them.
            var statuses: Set<Int> = []
            for _ in 0..<100 where !statuses.contains(429) {
                statuses.insert(try await Self.get(client, "/ui/browse", "slow").status)
            }
            #expect(statuses == [200, 429])
            statuses = []
            for _ in 0..<100 where !statuses.contains(429) {
                _ = try await Self.get(client, "/ui/browse", "slow")
                statuses.insert(try await client.get("/v1/status", token: "slow").status)
            }
            #expect(statuses.contains(429))
            #expect(try await Self.get(client, "/ui/browse", APITest.reader).status == 200)
        }
    }

    @Test("a download is never shown by the browser")
    func downloads() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/x.html", "<script>1</script>")
            let answer = try await Self.get(client, "/ui/raw/workspace/x.html", APITest.reader)
            #expect(answer.text == "<script>1</script>")
            #expect(answer.header("Content-Type") == "application/octet-stream")
            #expect(answer.header("Content-Disposition") == "attachment; filename*=UTF-8''x.html")
            #expect(answer.header("X-Content-Type-Options") == "nosniff")
        }
    }

    @Test("what does not exist is a page that says so")
    func failures() async throws {
        try await APITest.run { _, client async throws in
            let answer = try await Self.get(client, "/ui/browse/workspace/none", APITest.reader)
            #expect(answer.status == 404)
            #expect(answer.text.contains("there is nothing at /workspace/none"))
            #expect(try await Self.get(client, "/ui/log/99", APITest.reader).status == 404)
        }
    }

    @Test("two versions are compared line by line, with a little around each place")
    func compares() {
        let old = (1...20).map { Substring("line \($0)") }
        var new = old
        new[9] = "changed"
        let lines = VersionsPage.lines(from: old, to: new)
        #expect(
            lines == [
                .skipped(6), .same("line 7"), .same("line 8"), .same("line 9"), .removed("line 10"), .added("changed"),
                .same("line 11"), .same("line 12"), .same("line 13"), .skipped(7),
            ]
        )
        #expect(VersionsPage.lines(from: old, to: old) == [.skipped(20)])
        #expect(VersionsPage.lines(from: [], to: ["a"]) == [.added("a")])
    }

    @Test("trouble is told with its reason, a command and a runbook")
    func health() async throws {
        try await APITest.run { node, client async throws in
            node.set(trouble: "the disk is full")
            let text = try await Self.get(client, "/ui/health", APITest.reader).text
            #expect(text.contains("the disk is full"))
            #expect(text.contains("journalctl"))
            #expect(text.contains("TarnNotServing"))
        }
    }

    @Test("the stream of figures ends with the token that it is told to", .timeLimit(.minutes(1)))
    func endsStream() async throws {
        try await APITest.run { node, client async throws in
            async let stream = Self.get(client, "/ui/events", APITest.reader)
            for await op in node.waits where op == Op(1) { break }
            node.revoke(token: APITest.reader)
            try await node.write("/workspace/n", "1")
            let answer = try await stream
            #expect(answer.status == 200)
            #expect(answer.text.components(separatedBy: "data: ").count == 2)
        }
    }

    @Test("a drill is shown with its waterfall and its objectives, as text")
    func showsDrill() async throws {
        try await APITest.run { node, client async throws in
            let report = """
                {"id":"20261121t104513-s2","scenario":"S2","title":"<script>x</script>","verdict":"failed","rpo":{"lost":0,\
                "acknowledged":7},"rto":{"total_ms":1561.5,"phases":[{"name":"first_suspicion","ms":1499,"at_ms":1499}]},\
                "objectives":[{"objective":"RTO","wanted":"at most 6000 ms","measured":"1561 ms","met":true}]}
                """
            try await node.write("/meta/drill/20261121t104513-s2.json", report)
            let list = try await Self.get(client, "/ui/drills", APITest.admin)
            #expect(list.text.contains("1561.5 ms") && list.text.contains("/ui/drills/20261121t104513-s2"))
            let one = try await Self.get(client, "/ui/drills/20261121t104513-s2", APITest.admin)
            #expect(one.text.contains("<svg") && one.text.contains("first suspicion") && one.text.contains("<rect"))
            #expect(one.text.contains("&lt;script&gt;") && !one.text.contains("<script>"))
            #expect(try await Self.get(client, "/ui/drills/nothing", APITest.admin).status == 404)
        }
    }

    @Test(
        "figures of a drill may be any numbers",
        arguments: ["1e300", "-1e300", "1e999", "9223372036854775807", "1e15"]
    )
    func showsAnyFigure(_ number: String) async throws {
        try await APITest.run { node, client async throws in
            let phase = "{\"name\":\"x\",\"ms\":\(number),\"at_ms\":\(number)}"
            let report = "{\"scenario\":\"S2\",\"rto\":{\"total_ms\":\(number),\"phases\":[\(phase)]}}"
            try await node.write("/meta/drill/d.json", report)
            #expect(try await Self.get(client, "/ui/drills", APITest.reader).status == 200)
            #expect(try await Self.get(client, "/ui/drills/d", APITest.reader).text.contains("<svg"))
        }
    }
}
