import Foundation
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import TarnConsensus
import TarnCore
import TarnCrypto
import TarnHTTP2
import TarnPeer
import Testing

@Suite(.serialized) struct ZBench {
    @Test(.enabled(if: getenv("PEER_BENCH") != nil)) func bench() async throws {
        let cluster = try Cluster()
        let chunk = Fixtures.blob(9, bytesCount: Limits.blobBytesMax)
        let small = (0..<200).map { Fixtures.blob(UInt8($0), bytesCount: 5_000) }
        let delegate = RecordingDelegate(held: [chunk] + small.filter { $0.address != chunk.address })
        try await withPeerServer(cluster, delegate: delegate) { address async throws in
            let client = try PeerClient(peer: cluster.members[0], address: address, identity: cluster.identity(1), group: Fixtures.group, logger: Fixtures.logger)
            func run(_ name: String, _ count: Int, _ width: Int, bytes: Int, _ body: @escaping @Sendable () async throws -> Void) async throws {
                _ = try await body()
                let next = Atomic<Int>(0)
                var u0 = rusage(); getrusage(0, &u0)
                let start = ContinuousClock.now
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<width { group.addTask { while next.wrappingAdd(1, ordering: .relaxed).newValue <= count { try await body() } } }
                    try await group.waitForAll()
                }
                let d = ContinuousClock.now - start
                var u1 = rusage(); getrusage(0, &u1)
                let s = Double(d.components.seconds) + Double(d.components.attoseconds) * 1e-18
                func t(_ v: timeval) -> Double { Double(v.tv_sec) + Double(v.tv_usec) * 1e-6 }
                let cpu = t(u1.ru_utime) + t(u1.ru_stime) - t(u0.ru_utime) - t(u0.ru_stime)
                print(name, "width", width, Int(Double(count) / s), "/s", Int(Double(count * bytes) / s / 1e6), "MB/s", "cpu us/call", Int(cpu * 1e6 / Double(count)), "rss", u1.ru_maxrss / 1024)
            }
            for w in [1, 4] { try await run("blob4MB", 200, w, bytes: 4 << 20) { _ = try await client.storedBlobs([chunk.address]) } }
            let many = small.map(\.address)
            for w in [1, 4] { try await run("200x5KB", 600, w, bytes: 1_000_000) { _ = try await client.storedBlobs(many) } }
            let entry = try Fixtures.entry(op: 5, bodyBytesCount: 200)
            for w in [1, 16, 64] {
                try await run("deliver hb", 20_000, w, bytes: 0) { try await client.deliver([.heartbeat(view: View(1), commit: Op(4))]) }
                try await run("deliver prepare", 20_000, w, bytes: 0) { try await client.deliver([.prepare(view: View(1), entry: entry, commit: Op(4))]) }
            }
            let body4 = try Fixtures.entry(op: 5, bodyBytesCount: 4 << 20)
            for w in [1, 4] { try await run("deliver 4MB", 60, w, bytes: 4 << 20) { try await client.deliver([.prepare(view: View(1), entry: body4, commit: Op(4))]) } }
            await client.close()
        }
        for tls in [true, false] {
            let id = try cluster.identity(0)
            let sec = try HTTP2Security(certificatePEM: id.certificatePEM, privateKeyPEM: id.privateKeyPEM, authorityPEM: id.authorityPEM) { _ in "x" }
            try await withServer(security: tls ? sec : nil, handler: { HTTP2Response(status: 200, body: $0.body, trailers: ["a": "b"]) }) { server, address async throws in
                let client = HTTP2Client(address: address, security: tls ? sec : nil, group: Fixtures.group, logger: Fixtures.logger)
                for (n, c, w) in [(64, 50_000, 64), (4096, 50_000, 64), (4 << 20, 100, 2)] {
                    let body = [UInt8](repeating: 3, count: n)
                    let next = Atomic<Int>(0)
                    let start = ContinuousClock.now
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<w { group.addTask { while next.wrappingAdd(1, ordering: .relaxed).newValue <= c { _ = try await client.send(HTTP2Request(path: "/", body: body), deadline: .soon) } } }
                        try await group.waitForAll()
                    }
                    print("echo tls", tls, n, "width", w, Int(Double(c) / ((ContinuousClock.now - start) / .seconds(1))), "/s")
                }
                if !tls, getenv("PEER_HOLD") != nil { try? "\(address.port)".write(toFile: "/tmp/peer-port", atomically: true, encoding: .utf8); try await Task.sleep(for: .seconds(20)) }
            }
        }
    }
}
