import HTTPTypes
import Testing

@testable import TarnAPI

/// What many slow or large bodies together may take.
@Suite struct BodyLimitTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func aBodyThatTricklesIsGivenUpAfterItsGrace() throws {
        var pace = BodyPace(now: 0)
        // A byte every ten seconds: too slow, which is only said once the body had its time.
        for step in 1...6 { try pace.note(bytes: 1, now: UInt64(step) * 10 * Self.second) }
        let problem = #expect(throws: Problem.self) { try pace.note(bytes: 1, now: 70 * Self.second) }
        #expect(problem?.status == 408)
        #expect(problem?.message.contains("7 bytes in 70 s") == true)
    }

    @Test func aSteadyBodyMayTakeAsLongAsItNeeds() throws {
        var pace = BodyPace(now: 0)
        for step in 1...100 {
            #expect(throws: Never.self) { try pace.note(bytes: 20 << 10, now: UInt64(step) * 10 * Self.second) }
        }
    }

    @Test func bodiesTakeNoMoreMemoryThanTheGateAllows() throws {
        let gate = RequestGate(limit: 3, bodyBytesMax: 100)
        let first = try #require(gate.enter())
        try first.reserve(bodyBytes: 60)
        var second: RequestPermit? = gate.enter()
        try #require(second).reserve(bodyBytes: 40)
        let problem = #expect(throws: Problem.self) { try first.reserve(bodyBytes: 1) }
        #expect(problem?.status == 429)
        #expect(problem?.headers[.retryAfter] == "1")
        second = nil
        try first.reserve(bodyBytes: 40)
        #expect(gate.inFlightCount == 1)
    }
}
