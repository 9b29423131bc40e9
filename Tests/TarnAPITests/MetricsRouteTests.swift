import HTTPTypes
import TarnNode
import Testing

@testable import TarnAPI

@Suite("Metrics route")
struct MetricsRouteTests {
    @Test("metrics need no token and count requests by class of route and status")
    func countsRequests() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/secret name", "x")
            for _ in 0..<3 {
                #expect(try await client.get("/v1/content/workspace/secret%20name").status == 200)
            }
            #expect(try await client.get("/v1/content/workspace/other").status == 404)
            #expect(try await client.get("/nowhere/at/all").status == 404)
            let answer = try await client.get("/metrics", token: nil)
            #expect(answer.status == 200)
            #expect(answer.header("Content-Type") == MetricText.mediaType)
            let lines = Set(answer.text.split(separator: "\n").map(String.init))
            #expect(lines.contains("tarn_http_requests_total{route=\"/v1/content\",status=\"200\"} 3"))
            #expect(lines.contains("tarn_http_requests_total{route=\"/v1/content\",status=\"404\"} 1"))
            #expect(lines.contains("tarn_http_requests_total{route=\"unknown\",status=\"404\"} 1"))
            #expect(lines.contains("tarn_http_request_seconds_count{route=\"/v1/content\"} 4"))
            #expect(!answer.text.contains("secret"))
        }
    }

    @Test("failed logins and refusals are counted")
    func countsFailures() async throws {
        try await APITest.run { _, client async throws in
            #expect(try await client.get("/v1/status", token: "unknown").status == 401)
            #expect(try await client.get("/v1/status", token: nil).status == 401)
            let form = "grant_type=client_credentials&client_id=x&client_secret=y"
            #expect(try await client.send(.post, "/oidc/v1/token", form, token: nil).status == 401)
            #expect(try await client.send(.post, "/oidc/v1/token", "grant_type=other", token: nil).status == 400)
            let text = try await client.get("/metrics", token: nil).text
            #expect(text.contains("\ntarn_login_failures_total 2\n"))
            #expect(text.contains("\ntarn_http_requests_refused_total{reason=\"load\"} 0\n"))
        }
    }

    @Test("routes of one class share their counts, whatever stands behind the second segment")
    func classes() {
        #expect(RouteMetrics.name(of: "/v1/content/**") == "/v1/content")
        #expect(RouteMetrics.name(of: "/v1/tokens/{}") == "/v1/tokens")
        #expect(RouteMetrics.name(of: "/healthz") == "/healthz")
        #expect(RouteMetrics.name(of: "/") == "/")
        #expect(RouteMetrics.name(of: "/ui/**") == "/ui")
    }
}
