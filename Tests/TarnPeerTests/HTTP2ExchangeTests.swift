import NIOCore
import Synchronization
import TarnHTTP2
import Testing

@Suite struct HTTP2ExchangeTests {
    @Sendable private static func echo(_ request: HTTP2Request) async -> HTTP2Response {
        HTTP2Response(
            status: 200,
            headers: ["x-method": request.method, "x-path": request.path],
            body: request.body,
            trailers: request.headers["x-trailer"].map { ["x-trailer": $0] } ?? [:]
        )
    }

    @Test(arguments: [0, 1, 16_384, 1_000_000, 4 << 20])
    func bodiesComeBackUnchanged(bytesCount: Int) async throws {
        let body = (0..<bytesCount).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await withServer(handler: Self.echo) { _, address async throws in
            let response = try await makeClient(address).send(
                HTTP2Request(path: "/echo?x=1", body: body),
                deadline: .soon
            )
            #expect(response.status == 200)
            #expect(response.body == body)
            #expect(response.headers["x-method"] == "POST")
            #expect(response.headers["x-path"] == "/echo?x=1")
            #expect(response.trailers.isEmpty)
        }
    }

    @Test(arguments: [0, 10, 300_000])
    func trailersFollowTheBody(bytesCount: Int) async throws {
        try await withServer(handler: Self.echo) { _, address async throws in
            let request = HTTP2Request(
                path: "/",
                headers: ["x-trailer": "last"],
                body: [UInt8](repeating: 5, count: bytesCount)
            )
            let response = try await makeClient(address).send(request, deadline: .soon)
            #expect(response.body.count == bytesCount)
            #expect(response.trailers["x-trailer"] == "last")
        }
    }

    @Test func twoHundredRequestsRunSideBySideOnOneConnection() async throws {
        let gate = Gate()
        let arrived = Atomic<Int>(0)
        try await withServer { request in
            if arrived.wrappingAdd(1, ordering: .relaxed).newValue == 200 { gate.open() }
            await gate.pass()
            return HTTP2Response(status: 200, body: request.body)
        } _: { server, address async throws in
            let client = makeClient(address)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        let body = Array("request \(index)".utf8)
                        let response = try await client.send(HTTP2Request(path: "/", body: body), deadline: .soon)
                        #expect(response.body == body)
                    }
                }
                try await group.waitForAll()
            }
            #expect(server.connectionsCount == 1)
        }
    }

    @Test func moreRequestsThanStreamsWaitForTheirTurn() async throws {
        var limits = HTTP2Limits()
        limits.streamsMax = 4
        try await withServer(limits: limits, handler: Self.echo) { _, address async throws in
            let client = makeClient(address)
            // The first exchange teaches the client the server's limit.
            _ = try await client.send(HTTP2Request(path: "/"), deadline: .soon)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await client.send(HTTP2Request(path: "/", body: [1, 2, 3]), deadline: .soon).status
                    }
                }
                for try await status in group { #expect(status == 200) }
            }
        }
    }

    @Test func largeBodiesSideBySideStayWithinTheMemoryBudget() async throws {
        var limits = HTTP2Limits()
        limits.bufferedBytesMax = 16 << 20
        try await withServer(limits: limits, handler: Self.echo) { _, address async throws in
            let client = makeClient(address)
            let body = [UInt8](repeating: 7, count: 1 << 20)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        try await client.send(HTTP2Request(path: "/", body: body), deadline: .soon).body.count
                    }
                }
                for try await count in group { #expect(count == 1 << 20) }
            }
        }
    }

    @Test func bothEndsCountTheirTraffic() async throws {
        try await withServer(handler: Self.echo) { server, address async throws in
            let client = makeClient(address)
            _ = try await client.send(
                HTTP2Request(path: "/", body: [UInt8](repeating: 1, count: 100_000)),
                deadline: .soon
            )
            #expect(client.traffic.sentBytesCount > 100_000)
            #expect(client.traffic.receivedBytesCount > 100_000)
            #expect(server.traffic.receivedBytesCount <= client.traffic.sentBytesCount)
        }
    }
}
