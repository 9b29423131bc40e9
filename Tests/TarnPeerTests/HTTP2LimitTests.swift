import NIOCore
import TarnHTTP2
import Testing

@Suite struct HTTP2LimitTests {
    @Sendable private static func echo(_ request: HTTP2Request) async -> HTTP2Response {
        HTTP2Response(status: 200, body: request.body)
    }

    @Test func aRequestBodyOverTheLimitIsAnsweredWith413AndTheConnectionLives() async throws {
        var limits = HTTP2Limits()
        limits.bodyBytesMax = 100_000
        try await withServer(limits: limits, handler: Self.echo) { server, address async throws in
            let client = makeClient(address)
            let response = try await client.send(
                HTTP2Request(path: "/", body: [UInt8](repeating: 0, count: 3_000_000)),
                deadline: .soon
            )
            #expect(response.status == 413)
            let next = try await client.send(HTTP2Request(path: "/", body: [1]), deadline: .soon)
            #expect(next.body == [1])
            #expect(server.connectionsCount == 1)
        }
    }

    @Test func headersOverTheLimitAreAnsweredWith431() async throws {
        try await withServer(handler: Self.echo) { _, address async throws in
            let client = makeClient(address)
            let request = HTTP2Request(path: "/", headers: ["x-long": String(repeating: "a", count: 20_000)])
            #expect(try await client.send(request, deadline: .soon).status == 431)
            #expect(try await client.send(HTTP2Request(path: "/"), deadline: .soon).status == 200)
        }
    }

    @Test func aResponseBodyOverTheClientsLimitFailsThatRequestOnly() async throws {
        var limits = HTTP2Limits()
        limits.bodyBytesMax = 100_000
        try await withServer { request in
            HTTP2Response(status: 200, body: [UInt8](repeating: 0, count: request.path == "/large" ? 3_000_000 : 10))
        } _: { [limits] _, address async throws in
            let client = makeClient(address, limits: limits)
            let error = await #expect(throws: HTTP2Error.self) {
                try await client.send(HTTP2Request(path: "/large"), deadline: .soon)
            }
            #expect(error?.code == .tooLarge)
            #expect(try await client.send(HTTP2Request(path: "/"), deadline: .soon).body.count == 10)
        }
    }

    @Test func aRequestEndsAtItsDeadline() async throws {
        let gate = Gate()
        try await withServer { _ in
            await gate.pass()
            return HTTP2Response(status: 200)
        } _: { _, address async throws in
            let client = makeClient(address)
            let error = await #expect(throws: HTTP2Error.self) {
                try await client.send(HTTP2Request(path: "/"), deadline: .now + .milliseconds(50))
            }
            #expect(error?.code == .timedOut)
            gate.open()
            #expect(try await client.send(HTTP2Request(path: "/"), deadline: .soon).status == 200)
        }
    }

    @Test func aCancelledRequestEndsAtOnce() async throws {
        let gate = Gate()
        let arrived = Gate()
        try await withServer { _ in
            arrived.open()
            await gate.pass()
            return HTTP2Response(status: 200)
        } _: { _, address async throws in
            let client = makeClient(address)
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await client.send(HTTP2Request(path: "/"), deadline: .soon) }
                await arrived.pass()
                group.cancelAll()
                let result = await group.nextResult()
                #expect(throws: HTTP2Error.self) { try result?.get() }
            }
            gate.open()
        }
    }

    @Test func aClientHoldsALimitedNumberOfRequests() async throws {
        var limits = HTTP2Limits()
        limits.requestsMax = 1
        let gate = Gate()
        let arrived = Gate()
        try await withServer { _ in
            arrived.open()
            await gate.pass()
            return HTTP2Response(status: 200)
        } _: { [limits] _, address async throws in
            let client = makeClient(address, limits: limits)
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask { try await client.send(HTTP2Request(path: "/"), deadline: .soon).status }
                await arrived.pass()
                let error = await #expect(throws: HTTP2Error.self) {
                    try await client.send(HTTP2Request(path: "/"), deadline: .soon)
                }
                #expect(error?.code == .overloaded)
                gate.open()
                let status = try await group.next()
                #expect(status == 200)
            }
        }
    }

    @Test func connectionsOverTheLimitAreClosed() async throws {
        var limits = HTTP2Limits()
        limits.connectionsMax = 1
        try await withServer(limits: limits, handler: Self.echo) { _, address async throws in
            let first = makeClient(address)
            #expect(try await first.send(HTTP2Request(path: "/"), deadline: .soon).status == 200)
            let second = makeClient(address)
            let error = await #expect(throws: HTTP2Error.self) {
                try await second.send(HTTP2Request(path: "/"), deadline: .soon)
            }
            #expect(error?.isRetryable == true)
            #expect(try await first.send(HTTP2Request(path: "/"), deadline: .soon).status == 200)
        }
    }
}
