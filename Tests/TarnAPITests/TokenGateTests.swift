import TarnNode
import Testing

@testable import TarnAPI

@Suite("Token limits")
struct TokenGateTests {
    private static func principal(_ rate: Int?, _ concurrency: Int?) -> Principal {
        let limits = TokenLimits(requestsPerSecond: rate, concurrency: concurrency)
        return Principal(name: "p", scope: .read, paths: [], tokenID: "p", limits: limits)
    }

    private static func isAdmitted(_ verdict: TokenGate.Verdict) -> Bool {
        if case .admitted = verdict { true } else { false }
    }

    @Test("a second holds as many requests as the token may make, and refills steadily")
    func rate() {
        let gate = TokenGate()
        let principal = Self.principal(10, nil)
        var now: UInt64 = 5_000_000_000
        let admitted = (0..<15).filter { _ in Self.isAdmitted(gate.enter(principal, now: now)) }
        #expect(admitted.count == 10)
        now += 100_000_000
        #expect(Self.isAdmitted(gate.enter(principal, now: now)))
        #expect(!Self.isAdmitted(gate.enter(principal, now: now)))
        now += 60_000_000_000
        let later = (0..<15).filter { _ in Self.isAdmitted(gate.enter(principal, now: now)) }
        #expect(later.count == 10)
    }

    @Test("as many requests at a time as the token may make, counted until their answers are sent")
    func concurrency() {
        let gate = TokenGate()
        let principal = Self.principal(nil, 2)
        var held = (0..<2).map { _ in gate.enter(principal, now: 0) }
        #expect(held.allSatisfy { Self.isAdmitted($0) })
        #expect(!Self.isAdmitted(gate.enter(principal, now: 0)))
        held.removeLast()
        #expect(Self.isAdmitted(gate.enter(principal, now: 0)))
    }

    @Test("a token without limits is never counted")
    func unlimited() {
        let gate = TokenGate()
        for _ in 0..<100 {
            guard case .admitted(nil) = gate.enter(Self.principal(nil, nil), now: 0) else {
                Issue.record("an unlimited token was counted")
                return
            }
        }
    }

    @Test("too many requests are answered with 429 and when to come back")
    func route() async throws {
        try await APITest.run { node, client async throws in
            try node.add(token: "slow", name: "slow", scope: .read, limits: TokenLimits(requestsPerSecond: 1))
            #expect(try await client.get("/v1/status", token: "slow").status == 200)
            // On a machine that is busy elsewhere more than a second may pass between two of them.
            var refused: APITest.Answer?
            for _ in 0..<100 where refused == nil {
                let answer = try await client.get("/v1/status", token: "slow")
                if answer.status == 429 { refused = answer }
            }
            #expect(try #require(refused).header("Retry-After") == "1")
            #expect(try await client.get("/v1/status").status == 200)
            let metrics = try await client.get("/metrics", token: nil).text
            #expect(!metrics.contains("tarn_http_requests_refused_total{reason=\"rate\"} 0"))
        }
    }
}
