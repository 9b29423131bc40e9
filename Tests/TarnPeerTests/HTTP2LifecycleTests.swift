import NIOCore
import TarnHTTP2
import Testing

@Suite struct HTTP2LifecycleTests {
    @Sendable private static func echo(_ request: HTTP2Request) async -> HTTP2Response {
        HTTP2Response(status: 200, body: request.body)
    }

    @Test func drainingAnswersWhatIsOpenAndThenEnds() async throws {
        let gate = Gate()
        let arrived = Gate()
        let status = try await withServer { _ in
            arrived.open()
            await gate.pass()
            return HTTP2Response(status: 200, body: [42])
        } _: { server, address async throws in
            let client = makeClient(address)
            return try await withThrowingTaskGroup(of: HTTP2Response.self) { group in
                group.addTask { try await client.send(HTTP2Request(path: "/"), deadline: .soon) }
                await arrived.pass()
                server.drain()
                // The server takes nothing new, on this connection or another.
                await #expect(throws: HTTP2Error.self) {
                    try await client.send(HTTP2Request(path: "/"), deadline: .soon)
                }
                gate.open()
                return try await group.next()?.status
            }
        }
        #expect(status == 200)
    }

    @Test func drainingGivesUpOnRequestsThatNeverEnd() async throws {
        var limits = HTTP2Limits()
        limits.drainMilliseconds = 100
        let arrived = Gate()
        let never = Gate()
        try await withServer(limits: limits) { _ in
            arrived.open()
            await never.pass()
            return HTTP2Response(status: 200)
        } _: { server, address async throws in
            let client = makeClient(address)
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await client.send(HTTP2Request(path: "/"), deadline: .soon) }
                await arrived.pass()
                server.drain()
                let result = await group.nextResult()
                #expect(throws: HTTP2Error.self) { try result?.get() }
            }
        }
    }

    @Test func cancellingTheServerEndsItsHandlers() async throws {
        let arrived = Gate()
        let never = Gate()
        let server = HTTP2Server(
            address: HTTP2Address(host: "127.0.0.1", port: 0),
            security: nil,
            group: Fixtures.group,
            logger: Fixtures.logger
        ) { _ in
            arrived.open()
            await never.pass()
            return HTTP2Response(status: 200)
        }
        try await server.bind()
        let port = try #require(server.boundPort)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask {
                _ = try? await makeClient(HTTP2Address(host: "127.0.0.1", port: port)).send(
                    HTTP2Request(path: "/"),
                    deadline: .soon
                )
            }
            await arrived.pass()
            group.cancelAll()
        }
        #expect(server.boundPort == nil)
    }

    @Test func aClientFindsARestartedServerAgain() async throws {
        let port = try await withServer(handler: Self.echo) { _, address async throws in
            let kept = makeClient(address)
            #expect(try await kept.send(HTTP2Request(path: "/", body: [1]), deadline: .soon).body == [1])
            return address.port
        }
        let address = HTTP2Address(host: "127.0.0.1", port: port)
        let client = makeClient(address)
        let error = await #expect(throws: HTTP2Error.self) {
            try await client.send(HTTP2Request(path: "/"), deadline: .soon)
        }
        #expect(error?.code == .unavailable)
        for round in UInt8(0)..<3 {
            try await withServer(port: port, handler: Self.echo) { _, _ async throws in
                let response = try await Self.untilConnected {
                    try await client.send(HTTP2Request(path: "/", body: [round]), deadline: .soon)
                }
                #expect(response.body == [round])
            }
        }
    }

    @Test func aClosedClientFailsItsRequests() async throws {
        try await withServer(handler: Self.echo) { _, address async throws in
            let client = makeClient(address)
            _ = try await client.send(HTTP2Request(path: "/"), deadline: .soon)
            await client.close()
            let error = await #expect(throws: HTTP2Error.self) {
                try await client.send(HTTP2Request(path: "/"), deadline: .soon)
            }
            #expect(error?.code == .closed)
        }
    }

    @Test func anAddressInUseIsAClearError() async throws {
        try await withServer(handler: Self.echo) { _, address async throws in
            let second = HTTP2Server(
                address: address,
                security: nil,
                group: Fixtures.group,
                logger: Fixtures.logger,
                handler: Self.echo
            )
            let error = await #expect(throws: HTTP2Error.self) { try await second.bind() }
            #expect(error?.message.contains("\(address.port)") == true)
        }
    }

    /// Repeats while the client waits before its next attempt; the error says that nothing was sent.
    static func untilConnected<Value>(_ body: () async throws -> Value) async throws -> Value {
        let deadline = ContinuousClock.Instant.soon
        while true {
            do {
                return try await body()
            } catch let error as HTTP2Error where error.isRetryable && .now < deadline {
                await Task.yield()
            }
        }
    }
}
