import TarnCore
import Testing

@testable import TarnClient

@Suite struct TarnHTTPClientTests {
    private static let request = TransportRequest(.post, "/v1/changes", deadlineMilliseconds: 1_000)

    private func client(
        _ transport: ScriptedTransport,
        nodes: Int = 3,
        datacenter: String? = nil,
        atLeast: Op? = nil,
        readLevel: ReadLevel? = nil
    ) throws -> TarnHTTPClient {
        let list = (1...nodes).map { "{dc: dc\($0), url: 'http://dc\($0):1'}" }.joined(separator: ", ")
        let configuration = try ClientConfiguration(
            yaml: "cluster: 00112233445566778899aabbccddeeff\nnodes: [\(list)]\ntoken: secret\n",
            directory: "/"
        )
        return try TarnHTTPClient(
            configuration: configuration,
            transport: transport,
            clientName: "test",
            datacenter: datacenter,
            atLeast: atLeast,
            readLevel: readLevel
        )
    }

    @Test(
        arguments: [
            (.bounded(milliseconds: 500), "/v1/log?after=1&read=bounded(500)", "7"),
            (.linearizable, "/v1/log?after=1&read=linearizable", "7"), (.local, "/v1/log?after=1&read=local", nil),
            (.atLeast(Op(3)), "/v1/log?after=1&read=atLeast(3)", nil),
        ] as [(ReadLevel, String, String?)]
    )
    func aLevelOfReadingGoesAlongWithWhatReads(level: ReadLevel, target: String, atLeast: String?) async throws {
        let transport = ScriptedTransport([])
        let client = try self.client(transport, nodes: 1, atLeast: Op(7), readLevel: level)
        _ = try await client.read(TransportRequest(.get, "/v1/log?after=1", deadlineMilliseconds: 1_000))
        _ = try await client.read(TransportRequest(.post, "/v1/stage", deadlineMilliseconds: 1_000))
        _ = try await client.status()
        #expect(transport.asked.map(\.target) == [target, "/v1/stage", "/v1/status"])
        #expect(transport.asked[0].headers["Tarn-At-Least"] == atLeast)
        #expect(client.lastRead == nil, "a node that does not say what it served")
    }

    @Test(arguments: [("20", 20), ("unknown", nil)] as [(String, UInt64?)])
    func whatWasServedOfTheLastReadIsKept(stale: String, expected: UInt64?) async throws {
        let served = ["tarn-read": "bounded(500)", "tarn-stale-at-most": stale]
        let transport = ScriptedTransport([], last: .answer(200, "{}", headers: served))
        let client = try self.client(transport, nodes: 1, readLevel: .bounded(milliseconds: 500))
        _ = try await client.read(TransportRequest(.get, "/v1/log?after=1", deadlineMilliseconds: 1_000))
        let read = try #require(client.lastRead)
        #expect(read.level == "bounded(500)")
        #expect(read.op == Op(9))
        #expect(read.staleAtMostMilliseconds == expected)
    }

    @Test func aNodeThatCannotBeReachedIsPassedOverAtOnce() async throws {
        let transport = ScriptedTransport([.refused])
        let client = try self.client(transport)
        _ = try await client.read(Self.request)
        _ = try await client.read(Self.request)
        // The one that answered is asked first from then on.
        #expect(transport.asked.map(\.url) == ["http://dc1:1", "http://dc2:1", "http://dc2:1"])
        #expect(transport.pauses.isEmpty)
    }

    @Test func aClusterThatCannotBeReachedFailsAfterSomeRounds() async throws {
        let transport = ScriptedTransport([], last: .refused)
        let client = try self.client(transport)
        let id = try client.nextRequest()
        let error = await #expect(throws: ClientError.self) { try await client.write(Self.request, id: id) }
        #expect(error?.code == .failed)
        #expect(transport.asked.count == 12)
        #expect(transport.pauses.count == 3)
    }

    @Test func whatANodeAnsweredIsSaidRatherThanThatOthersCannotBeReached() async throws {
        let refusal = #"{"error_code":"TEMPORARILY_UNAVAILABLE","message":"there is no quorum"}"#
        let transport = ScriptedTransport([.refused, .answer(503, refusal)], last: .refused)
        let client = try self.client(transport)
        let id = try client.nextRequest()
        let error = await #expect(throws: ClientError.self) { try await client.write(Self.request, id: id) }
        #expect(error?.code == .rejected)
        #expect(error?.message == "there is no quorum")
    }

    @Test func aWriteWhoseConnectionWasLostIsAskedAgainUnderItsNumber() async throws {
        let transport = ScriptedTransport([.lost, .answer(503, "{}"), .answer(504, "{}")])
        let client = try self.client(transport)
        let answer = try await client.write(Self.request, id: try client.nextRequest())
        #expect(answer.op == Op(9))
        #expect(client.lastWrite == Op(9))
        #expect(transport.asked.map { $0.headers["Tarn-Request"] } == ["test/1", "test/1", "test/1", "test/1"])
        #expect(try client.nextRequest().number == 2)
    }

    @Test(
        arguments: [
            ([.lost], .refused), ([.lost], .lost), ([.lost], .answer(503, "{}")), ([], .answer(504, "{}")),
        ] as [([ScriptedTransport.Step], ScriptedTransport.Step)]
    )
    func aWriteThatMayHaveBeenOrderedEndsAsUnknown(
        steps: [ScriptedTransport.Step],
        last: ScriptedTransport.Step
    ) async throws {
        let transport = ScriptedTransport(steps, last: last)
        let client = try self.client(transport, nodes: 1)
        let id = try client.nextRequest()
        let error = await #expect(throws: ClientError.self) { try await client.write(Self.request, id: id) }
        #expect(error?.exitCode == 4)
        #expect(transport.asked.count == Limits.clientAttemptsMax)
        #expect(transport.pauses.allSatisfy { $0 <= Limits.clientPauseMillisecondsMax })
    }

    @Test func noRequestIsSentAgainAfterHalfAMinute() {
        let refusal = ClientError(.rejected, "no quorum", status: 503, errorCode: nil)
        let doubt = ClientError(.failed, "unknown", status: 504, errorCode: nil)
        var retry = RetryState(nodeCount: 1, isWrite: true)
        for error in [refusal, doubt] {
            guard case .pause = retry.onRejected(error, elapsed: .milliseconds(29_999)) else {
                Issue.record("given up before its time")
                return
            }
        }
        guard case .fail(let error) = retry.onRejected(refusal, elapsed: .seconds(30)) else {
            Issue.record("goes on and on")
            return
        }
        #expect(error.exitCode == 4)
    }

    @Test func aWriteInDoubtIsAskedOfTheOthersUnderItsNumber() async throws {
        let transport = ScriptedTransport([.answer(504, "{}")])
        let client = try self.client(transport)
        var request = Self.request
        request.deadlineMilliseconds = 120_000
        _ = try await client.write(request, id: try client.nextRequest())
        #expect(transport.asked.map(\.url) == ["http://dc1:1", "http://dc2:1"])
        #expect(transport.asked.map { $0.headers["Tarn-Request"] } == ["test/1", "test/1"])
        #expect(transport.asked.allSatisfy { $0.deadlineMilliseconds <= Limits.clientPatienceMilliseconds / 2 })
    }

    @Test(arguments: [.lost, .answer(504, "{}")] as [ScriptedTransport.Step])
    func aChangeWithoutANumberIsNotSentAgainOnceItMayHaveArrived(step: ScriptedTransport.Step) async throws {
        let refusal = #"{"error_code":"CONFLICT","message":"it has changed meanwhile; nothing was ordered"}"#
        let transport = ScriptedTransport([.refused, .answer(503, "{}"), step], last: .answer(409, refusal))
        let client = try self.client(transport)
        let error = await #expect(throws: ClientError.self) { try await client.change(Self.request) }
        #expect(error?.code == .unknownOutcome)
        #expect(transport.asked.count == 3)
    }

    @Test func aReadIsNeverInDoubt() async throws {
        let transport = ScriptedTransport([], last: .lost)
        let client = try self.client(transport, nodes: 1)
        let error = await #expect(throws: ClientError.self) { try await client.read(Self.request) }
        #expect(error?.code == .failed)
    }

    @Test(arguments: [(400, 3), (401, 3), (404, 3), (409, 3), (410, 3), (412, 3), (500, 1)])
    func aClearAnswerIsTheLastWord(status: Int, exitCode: Int32) async throws {
        let transport = ScriptedTransport([.answer(status, #"{"error_code":"CONFLICT","message":"it is so"}"#)])
        let client = try self.client(transport)
        let id = try client.nextRequest()
        let error = await #expect(throws: ClientError.self) { try await client.write(Self.request, id: id) }
        #expect(error?.exitCode == exitCode)
        #expect(error?.message == "it is so")
        #expect(error?.errorCode == "CONFLICT")
        #expect(transport.asked.count == 1)
    }

    @Test func aQuorumThatStaysAwayIsAClearNo() async throws {
        let transport = ScriptedTransport(
            [],
            last: .answer(503, #"{"error_code":"UNAVAILABLE","message":"no quorum"}"#)
        )
        let client = try self.client(transport)
        let id = try client.nextRequest()
        let error = await #expect(throws: ClientError.self) { try await client.write(Self.request, id: id) }
        #expect(error?.exitCode == 3)
        #expect(error?.message == "no quorum")
    }

    @Test func readsAskForTheLastWriteAndAStatusDoesNot() async throws {
        let transport = ScriptedTransport([])
        let client = try self.client(transport, atLeast: Op(5))
        _ = try await client.read(Self.request)
        _ = try await client.write(Self.request, id: try client.nextRequest())
        _ = try await client.read(Self.request)
        _ = try await client.status()
        #expect(transport.asked.map { $0.headers["Tarn-At-Least"] } == ["5", nil, "9", nil])
        #expect(transport.asked.allSatisfy { $0.headers["Authorization"] == "Bearer secret" })
    }

    @Test func aDatacentreThatIsAskedForIsTheOnlyOneAsked() async throws {
        let transport = ScriptedTransport([.refused, .answer(503, "{}")])
        _ = try await self.client(transport, datacenter: "dc3").read(Self.request)
        #expect(transport.asked.map(\.url) == ["http://dc3:1", "http://dc3:1", "http://dc3:1"])
        let error = #expect(throws: ClientError.self) { try self.client(transport, datacenter: "dc9") }
        #expect(error?.code == .usage)
    }
}
