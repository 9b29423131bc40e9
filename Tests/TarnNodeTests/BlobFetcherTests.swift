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

        func storedBlobs(_ addresses: [BlobAddress], bytesMax: Int, from: DatacenterID) async throws -> [StoredBlob] {
            self.askedCount.add(1, ordering: .relaxed)
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
        let members = try ["dc1", "dc2", "dc3"].map { try DatacenterID($0) }
        let seconds = Int64(WallClock.microseconds() / 1_000_000)
        let validity = try CertificateValidity(startSeconds: seconds - 60, days: 1)
        let authority = try CertificateAuthority.create(cluster: "tests", validity: validity)
        let identities = try members.map { try authority.issueNode($0, hosts: ["127.0.0.1"], validity: validity) }
        let peers = [DamagedPeer(), DamagedPeer()]
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
                logger: Self.silence
            )
            let error = await #expect(throws: NodeError.self) {
                try await fetcher.fetch(closureOf: [Self.base, Self.difference], preferring: 0)
            }
            #expect(error?.code == .unavailable)
            #expect(peers.allSatisfy { $0.askedCount.load(ordering: .relaxed) > 0 })
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
