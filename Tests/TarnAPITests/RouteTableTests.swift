import HTTPTypes
import Hummingbird
import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct RouteTableTests {
    private let table: RouteTable = {
        var table = RouteTable()
        table.read("/healthz", .anyone) { _ in Response(status: .ok) }
        table.read("/v1/changes", .whole(.read)) { _ in Response(status: .ok) }
        table.write(.post, "/v1/changes", .whole(.write)) { _ in Response(status: .ok) }
        table.read("/v1/changes/{}", .whole(.admin)) { _ in Response(status: .ok) }
        table.read("/v1/namespace/**", .path(.read)) { _ in Response(status: .ok) }
        table.read("/v1/namespace/special", .path(.admin)) { _ in Response(status: .ok) }
        return table
    }()

    private func found(_ method: HTTPRequest.Method, _ path: String) -> (access: Access, rest: String)? {
        guard case .found(let route, let rest, _) = self.table.match(method, path: Array(path.utf8)) else { return nil }
        return (route.access, String(decoding: rest, as: UTF8.self))
    }

    @Test(arguments: [
        ("/healthz", Access.anyone, ""),
        ("/v1/changes", .whole(.read), ""),
        ("/v1/changes/17", .whole(.admin), "17"),
        ("/v1/namespace", .path(.read), ""),
        ("/v1/namespace/", .path(.read), ""),
        ("/v1/namespace/workspace/a%20b/c", .path(.read), "/workspace/a%20b/c"),
        ("/v1/namespace//x", .path(.read), "//x"),
        ("/v1/namespace/special", .path(.admin), ""),
        ("/v1/namespace/special/x", .path(.read), "/special/x"),
    ])
    func findsTheMostSpecificRoute(_ path: String, _ access: Access, _ rest: String) throws {
        let found = try #require(self.found(.get, path))
        #expect(found.access == access)
        #expect(found.rest == rest)
    }

    @Test(arguments: [
        "", "/", "/v1", "/v1/", "/v1/chang", "/v1/changes/", "/v1/changes/1/2", "/healthz/", "v1/changes",
    ])
    func knowsNoOtherPath(_ path: String) {
        guard case .unknown = self.table.match(.get, path: Array(path.utf8)) else {
            Issue.record("'\(path)' led somewhere")
            return
        }
    }

    @Test(arguments: [
        ("/api/jobs/7/runs", ["7"], ""), ("/api/jobs/7/runs/9", ["7"], "9"), ("/api/jobs/list", [], ""),
        ("/api/jobs/7", [], "7"), ("/api/files/a/b", [], "/a/b"),
    ])
    func openSegmentsAreCapturedInOrder(_ path: String, _ captures: [String], _ rest: String) {
        var table = RouteTable()
        for pattern in [
            "/api/jobs/list", "/api/jobs/{}", "/api/jobs/{}/runs", "/api/jobs/{}/runs/{}", "/api/files/**",
        ] {
            table.read(pattern, .anyone) { _ in Response(status: .ok) }
        }
        guard case .found(_, let foundRest, let found) = table.match(.get, path: Array(path.utf8)) else {
            Issue.record("'\(path)' led nowhere")
            return
        }
        #expect(found.map { String(decoding: $0, as: UTF8.self) } == captures)
        #expect(String(decoding: foundRest, as: UTF8.self) == rest)
    }

    @Test(arguments: ["/api/jobs//runs", "/api/jobs/7/other", "/api/jobs/7/runs/9/x"])
    func anOpenSegmentIsOneAndNotEmpty(_ path: String) {
        var table = RouteTable()
        table.read("/api/jobs/{}/runs/{}", .anyone) { _ in Response(status: .ok) }
        guard case .unknown = table.match(.get, path: Array(path.utf8)) else {
            Issue.record("'\(path)' led somewhere")
            return
        }
    }

    @Test func headIsAnsweredByGet() {
        #expect(self.found(.head, "/v1/changes/3")?.access == .whole(.admin))
    }

    @Test func aWrongMethodNamesThoseThatWork() {
        guard case .wrongMethod(let allowed) = self.table.match(.delete, path: Array("/v1/changes".utf8)) else {
            Issue.record("DELETE led somewhere")
            return
        }
        #expect(allowed == [.get, .post])
    }
}
