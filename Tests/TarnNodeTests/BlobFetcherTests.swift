import Logging
import NIOPosix
import Synchronization
import TarnBlobStore
import TarnConsensus
import TarnCore
import TarnCrypto
import TarnHTTP2
import TarnPeer
import TarnStorage
import Testing

@testable import TarnNode

@Suite(.timeLimit(.minutes(1)))
struct BlobFetcherTests {
    private static let silence = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
    private static let base = SHA256.digest([1])
    private static let difference = SHA256.digest([2])

    /// A member that holds a difference and lost what it is a difference to.
    private final class DamagedPeer: PeerDelegate {
        let askedCount = Atomic(0)
        let askedForBaseCount = Atomic(0)
        /// Whether the first call that asks for the base alone is never answered.
        private let hangs: Bool

        init(hangs: Bool = false) { self.hangs = hangs }

        func storedBlobs(_ addresses: [BlobAddress], bytesMax: Int, from: DatacenterID) async throws -> [StoredBlob] {
            self.askedCount.add(1, ordering: .relaxed)
            if addresses == [BlobFetcherTests.base],
                self.askedForBaseCount.add(1, ordering: .relaxed).newValue == 1, self.hangs
            {
                try await Task.sleep(for: .seconds(600))
            }
            guard addresses.contains(BlobFetcherTests.difference) else { return [] }
            return [
                StoredBlob(
                    address: BlobFetcherTests.difference,
                    kind: .blob,
                    codec: .zstdDelta,
                    rawBytesCount: 100,
                    bases: [BlobFetcherTests.base],
                    bytes: [1, 2, 3]
                )
            ]
        }

        func want(_ addresses: [BlobAddress], from: DatacenterID) async throws -> [Bool] { addresses.map { _ in true } }

        func receive(
            _: [Message],
            inline: [StoredBlob],
            takesAnswers: Bool,
            from: DatacenterID
        ) async -> [Message] { [] }

        func receive(_ heads: Heads, from: DatacenterID) async -> Heads { heads }

        func logEntries(after: Op, bytesMax: Int, from: DatacenterID) async throws -> LogPage { throw Self.refusal }

        func attest(op: Op, entry: Digest, from: DatacenterID) async throws -> [UInt8] { throw Self.refusal }

        func compare(_: TreeQuestion, from: DatacenterID) async throws -> TreeAnswer { throw Self.refusal }

        func stage(_: StageOffer, from: DatacenterID) async throws { throw Self.refusal }

        private static var refusal: NodeError { NodeError(.unavailable, "not asked for here") }
    }

    @Test func `a member that lost the base of what it holds is left for the next one`() async throws {
        let peers = [DamagedPeer(), DamagedPeer()]
        try await Self.withFetcher(from: peers, baseWaitMax: BlobFetcher.baseWaitMax) { fetcher in
            let error = await #expect(throws: NodeError.self) {
                try await fetcher.fetch(closureOf: [Self.base, Self.difference], preferring: 0)
            }
            #expect(error?.code == .unavailable)
            #expect(peers.allSatisfy { $0.askedCount.load(ordering: .relaxed) > 0 })
        }
    }

    /// It may wait for this one in turn.
    @Test func `a base that another call does not bring is asked for beside it`() async throws {
        let peers = [DamagedPeer(hangs: true), DamagedPeer()]
        try await Self.withFetcher(from: peers, baseWaitMax: .milliseconds(50)) { fetcher in
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await fetcher.fetch(closureOf: [Self.base], preferring: 0) }
                while peers[0].askedForBaseCount.load(ordering: .relaxed) == 0 { await Task.yield() }
                let error = await #expect(throws: NodeError.self) {
                    try await fetcher.fetch(closureOf: [Self.difference], preferring: 0)
                }
                #expect(error?.code == .unavailable)
                #expect(peers[0].askedForBaseCount.load(ordering: .relaxed) == 2)
                #expect(peers[1].askedForBaseCount.load(ordering: .relaxed) == 1)
                // The call that hangs, and one that waits for it, end where they are cancelled.
                group.addTask { try await fetcher.fetch(closureOf: [Self.base], preferring: 0) }
                group.cancelAll()
                while let result = await group.nextResult() {
                    #expect(throws: CancellationError.self) { try result.get() }
                }
            }
        }
    }

    /// Runs `body` with a fetcher that may ask `peers`, in an empty store.
    private static func withFetcher(
        from peers: [DamagedPeer],
        baseWaitMax: Duration,
        _ body: (BlobFetcher) async throws -> Void
    ) async throws {
        let members = try ["dc1", "dc2", "dc3"].map { try DatacenterID($0) }
        let seconds = Int64(WallClock.microseconds() / 1_000_000)
        let validity = try CertificateValidity(startSeconds: seconds - 60, days: 1)
        let authority = try CertificateAuthority.create(cluster: "tests", validity: validity)
        let identities = try members.map { try authority.issueNode($0, hosts: ["127.0.0.1"], validity: validity) }
        let servers = try peers.indices.map { index in
            try PeerServer(
                address: HTTP2Address(host: "127.0.0.1", port: 0),
                identity: identities[index],
                members: members,
                delegate: peers[index],
                group: .singletonMultiThreadedEventLoopGroup,
                logger: Self.silence
            )
        }
        for server in servers { try await server.bind() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { try await server.run() } }
            let clients = try servers.indices.map { index in
                try PeerClient(
                    peer: members[index],
                    address: HTTP2Address(host: "127.0.0.1", port: #require(servers[index].boundPort)),
                    identity: identities[2],
                    group: .singletonMultiThreadedEventLoopGroup,
                    logger: Self.silence
                )
            }
            let fetcher = BlobFetcher(
                store: try await Self.store(members[2]),
                clients: clients + [nil],
                peers: PeerTable(),
                links: LinkSettings(),
                baseWaitMax: baseWaitMax,
                logger: Self.silence
            )
            try await body(fetcher)
            for client in clients { await client.close() }
            group.cancelAll()
        }
    }

    private static func store(_ datacenter: DatacenterID) async throws -> BlobStore {
        let storage = MemoryStorage()
        try storage.makeDirectory("/data")
        return try await BlobStore.open(
            directory: "/data",
            configuration: BlobStore.Configuration(clusterID: Array(repeating: 5, count: 16), datacenter: datacenter),
            storage: storage,
            logger: self.silence
        )
    }
}
