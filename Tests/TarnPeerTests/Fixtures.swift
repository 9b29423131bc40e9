import Glibc
import Logging
import NIOCore
import NIOPosix
import TarnConsensus
import TarnCore
import TarnCrypto
import TarnHTTP2
import TarnPeer
import Testing

/// Certificates and values that many tests share.
enum Fixtures {
    static let cluster = "00112233445566778899aabbccddeeff"
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    static var group: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }
    static var nowSeconds: Int64 { Int64(time(nil)) }

    static func datacenter(_ name: String) throws -> DatacenterID { try DatacenterID(name) }

    static func validity(startDaysAgo: Int64 = 1, days: Int = 30) throws -> CertificateValidity {
        try CertificateValidity(startSeconds: self.nowSeconds - startDaysAgo * 86_400, days: days)
    }

    static func authority(cluster: String = Self.cluster) throws -> CertificateAuthority {
        try CertificateAuthority.create(cluster: cluster, validity: self.validity())
    }

    static func header(op: UInt64, body: [UInt8]) throws -> LogHeader {
        LogHeader(
            op: Op(op),
            view: View(3),
            kind: .changeSet,
            configurationEpoch: 1,
            timestampMicroseconds: 1_700_000_000_000_000 &+ op,
            author: "someone",
            request: try RequestID(client: "client", number: op),
            parent: SHA256.digest([1]),
            root: SHA256.digest([2]),
            body: SHA256.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: 4,
            closureBytesCount: 5
        )
    }

    static func entry(op: UInt64, bodyBytesCount: Int = 100) throws -> LogEntry {
        let body = (0..<bodyBytesCount).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ Int(truncatingIfNeeded: op)) }
        return LogEntry(header: try self.header(op: op, body: body), body: body)
    }

    static func blob(_ seed: UInt8, bytesCount: Int = 50, codec: StoredBlob.Codec = .raw) -> StoredBlob {
        let bytes = [UInt8](repeating: seed, count: bytesCount)
        let bases: [BlobAddress] =
            switch codec {
            case .raw, .zstd: []
            case .zstdDictionary: [SHA256.digest([seed, 1])]
            case .zstdDelta: [SHA256.digest([seed, 1]), SHA256.digest([seed, 2]), SHA256.digest([seed, 3])]
            }
        return StoredBlob(
            address: SHA256.digest([seed]),
            kind: .blob,
            codec: codec,
            rawBytesCount: codec == .raw ? bytesCount : 4 * bytesCount,
            bases: bases,
            bytes: bytes
        )
    }

    static func heads(nonce: UInt64, echo: UInt64 = 0, trouble: String = "") throws -> Heads {
        let head = Heads.Head(
            datacenter: try self.datacenter("dc1"),
            view: View(2),
            logView: View(1),
            op: Op(12),
            commit: Op(11),
            prefixComplete: Op(10),
            root: SHA256.digest([9]),
            missingBytesCount: 77,
            diskFreeBytesCount: .max,
            trouble: trouble,
            clockMicroseconds: 123_456,
            participates: true
        )
        return Heads(nonce: nonce, echo: echo, heads: [head])
    }
}

/// The three members of a cluster, with certificates of one authority.
struct Cluster {
    let authority: CertificateAuthority
    let members: [DatacenterID]

    init(cluster: String = Fixtures.cluster) throws {
        self.authority = try Fixtures.authority(cluster: cluster)
        self.members = try ["dc1", "dc2", "dc3"].map { try Fixtures.datacenter($0) }
    }

    func identity(_ index: Int, startDaysAgo: Int64 = 1, days: Int = 30) throws -> NodeIdentity {
        try self.authority.issueNode(
            self.members[index],
            hosts: ["127.0.0.1", "localhost"],
            validity: Fixtures.validity(startDaysAgo: startDaysAgo, days: days)
        )
    }
}

/// Opened once; waiters pass from then on.
struct Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (self.stream, self.continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    func open() {
        self.continuation.finish()
    }

    /// Returns when the gate is open or the task is cancelled.
    func pass() async {
        for await _ in self.stream {}
    }
}

/// Serves on a free port while `body` runs, then stops in an orderly way.
func withServer<Result: Sendable>(
    security: HTTP2Security? = nil,
    limits: HTTP2Limits = HTTP2Limits(),
    port: Int = 0,
    handler: @escaping HTTP2Server.Handler,
    _ body: @Sendable (HTTP2Server, HTTP2Address) async throws -> Result
) async throws -> Result {
    let server = HTTP2Server(
        address: HTTP2Address(host: "127.0.0.1", port: port),
        security: security,
        limits: limits,
        group: Fixtures.group,
        logger: Fixtures.logger,
        handler: handler
    )
    try await server.bind()
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        let bound = try #require(server.boundPort)
        let result = try await body(server, HTTP2Address(host: "127.0.0.1", port: bound))
        server.drain()
        try await group.waitForAll()
        return result
    }
}

/// A plain-text client of `address`.
func makeClient(_ address: HTTP2Address, limits: HTTP2Limits = HTTP2Limits()) -> HTTP2Client {
    HTTP2Client(address: address, security: nil, limits: limits, group: Fixtures.group, logger: Fixtures.logger)
}

extension ContinuousClock.Instant {
    /// Long enough for any test on a busy machine.
    static var soon: ContinuousClock.Instant { .now + .seconds(30) }
}
