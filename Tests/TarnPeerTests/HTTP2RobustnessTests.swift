import NIOCore
import NIOPosix
import TarnCrypto
import TarnHTTP2
import TarnTestKit
import Testing

/// Whatever arrives, the server goes on answering others.
@Suite struct HTTP2RobustnessTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// Sends `bytes` on a connection of its own, closes its writing half and waits for the server to close the rest.
    private static func throwAt(_ address: HTTP2Address, _ bytes: [UInt8]) async throws {
        let channel = try await ClientBootstrap(group: Fixtures.group)
            .connect(host: address.host, port: address.port).get()
        try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
        try? await channel.close().get()
    }

    private static func frame(_ random: inout SplitMix64) -> [UInt8] {
        let count = Int.random(in: 0...64, using: &random)
        let announced = Bool.random(using: &random) ? count : Int.random(in: 0...0xff_ffff, using: &random)
        var frame: [UInt8] = [UInt8(announced >> 16), UInt8(announced >> 8 & 255), UInt8(announced & 255)]
        frame.append(UInt8.random(in: 0...12, using: &random))
        frame.append(UInt8.random(in: 0...255, using: &random))
        frame.append(contentsOf: [0, 0, 0, UInt8.random(in: 0...9, using: &random)])
        for _ in 0..<count { frame.append(UInt8.random(in: 0...255, using: &random)) }
        return frame
    }

    private static func garbage(seed: UInt64) -> [UInt8] {
        var random = SplitMix64(seed: seed)
        var bytes: [UInt8] = seed % 4 == 0 ? [] : Self.preface
        if seed % 4 > 1 { bytes += [0, 0, 0, 4, 0, 0, 0, 0, 0] }
        for _ in 0..<Int.random(in: 0...20, using: &random) { bytes += Self.frame(&random) }
        if seed % 3 == 0, !bytes.isEmpty { bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 0x10 }
        return bytes
    }

    @Test func garbledConnectionsHurtNobodyElse() async throws {
        try await withServer {
            HTTP2Response(status: 200, body: $0.body)
        } _: { _, address async throws in
            let client = makeClient(address)
            for seed in UInt64(0)..<400 {
                try await Self.throwAt(address, Self.garbage(seed: seed))
                guard seed % 50 == 0 else { continue }
                let response = try await client.send(HTTP2Request(path: "/", body: [7]), deadline: .soon)
                #expect(response.body == [7], "after seed \(seed)")
            }
            #expect(try await client.send(HTTP2Request(path: "/"), deadline: .soon).status == 200)
        }
    }

    @Test func bytesThatAreNoTLSHurtNobodyElse() async throws {
        let cluster = try Cluster()
        let server = try cluster.identity(0)
        let security = try HTTP2Security(
            certificatePEM: server.certificatePEM,
            privateKeyPEM: server.privateKeyPEM,
            authorityPEM: server.authorityPEM
        ) { _ in "anyone" }
        try await withServer(security: security) {
            HTTP2Response(status: 200, body: Array(($0.peer ?? "").utf8))
        } _: { _, address async throws in
            for seed in UInt64(0)..<50 { try await Self.throwAt(address, Self.garbage(seed: seed)) }
            let client = HTTP2Client(
                address: address,
                security: security,
                group: Fixtures.group,
                logger: Fixtures.logger
            )
            let response = try await client.send(HTTP2Request(path: "/"), deadline: .soon)
            #expect(response.body == Array("anyone".utf8))
        }
    }
}
