import NIOCore
import TarnConsensus
import TarnCore
import TarnCrypto
import TarnHTTP2
import Testing

@testable import TarnPeer

/// Serves as the first member of `cluster` while `body` runs.
func withPeerServer<Result: Sendable>(
    _ cluster: Cluster,
    delegate: RecordingDelegate = RecordingDelegate(),
    identity: NodeIdentity? = nil,
    _ body: @Sendable (HTTP2Address) async throws -> Result
) async throws -> Result {
    let server = try PeerServer(
        address: HTTP2Address(host: "127.0.0.1", port: 0),
        identity: identity ?? cluster.identity(0),
        members: cluster.members,
        delegate: delegate,
        group: Fixtures.group,
        logger: Fixtures.logger
    )
    try await server.bind()
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        let result = try await body(HTTP2Address(host: "127.0.0.1", port: #require(server.boundPort)))
        server.drain()
        try await group.waitForAll()
        return result
    }
}

@Suite struct PeerTests {
    private static func client(
        _ cluster: Cluster,
        _ address: HTTP2Address,
        identity: NodeIdentity? = nil,
        expecting peer: Int = 0
    ) throws -> PeerClient {
        try PeerClient(
            peer: cluster.members[peer],
            address: address,
            identity: identity ?? cluster.identity(1),
            group: Fixtures.group,
            logger: Fixtures.logger
        )
    }

    @Test func deliveriesArriveInOrderWithTheSendersName() async throws {
        let cluster = try Cluster()
        let delegate = RecordingDelegate()
        try await withPeerServer(cluster, delegate: delegate) { address async throws in
            let client = try Self.client(cluster, address)
            let messages: [Message] = [
                .prepare(view: View(1), entry: try Fixtures.entry(op: 5), commit: Op(4)),
                .heartbeat(view: View(1), commit: Op(4)),
            ]
            try await client.deliver(messages, inline: [Fixtures.blob(1)])
            try await client.deliver([.getEntries(after: Op(1))])
            #expect(
                delegate.deliveries == [
                    .init(messages: messages, inline: [Fixtures.blob(1)], from: cluster.members[1]),
                    .init(messages: [.getEntries(after: Op(1))], inline: [], from: cluster.members[1]),
                ]
            )
            #expect(client.statistics.control.sentBytesCount > 0)
            #expect(client.statistics.bulk.sentBytesCount == 0)
            await client.close()
        }
    }

    @Test func answersComeWithTheReply() async throws {
        let cluster = try Cluster()
        let entry = try Fixtures.entry(op: 5)
        let answers: [Message] = [
            .prepareOk(view: View(1), acknowledgements: [.init(op: Op(5), entry: entry.header.hash(SHA256.self))]),
            .readOk(view: View(1), nonce: 7),
        ]
        try await withPeerServer(cluster, delegate: RecordingDelegate(answers: answers)) { address async throws in
            let client = try Self.client(cluster, address)
            #expect(try await client.deliver([.prepare(view: View(1), entry: entry, commit: Op(4))]) == answers)
            await client.close()
        }
    }

    @Test func gossipIsAnsweredWithAnEcho() async throws {
        let cluster = try Cluster()
        try await withPeerServer(cluster) { address async throws in
            let answer = try await Self.client(cluster, address).gossip(Fixtures.heads(nonce: 41))
            #expect(answer == (try Fixtures.heads(nonce: 42, echo: 41)))
        }
    }

    @Test func bulkCallsReachTheNode() async throws {
        let cluster = try Cluster()
        let blobs = (0..<10).map { Fixtures.blob(UInt8($0), bytesCount: 1_000) }
        let delegate = RecordingDelegate(held: blobs, log: try (1...30).map { try Fixtures.entry(op: $0) })
        try await withPeerServer(cluster, delegate: delegate) { address async throws in
            let client = try Self.client(cluster, address)
            let unknown = SHA256.digest([200])
            #expect(try await client.want([blobs[3].address, unknown, blobs[4].address]) == [true, false, true])
            let found = try await client.storedBlobs(blobs.map(\.address) + [unknown], bytesMax: 3_500)
            #expect(found == Array(blobs.prefix(3)))
            let log = try await client.logEntries(after: Op(27))
            #expect(log.entries == Array(delegate.log.suffix(3)))
            #expect(log.commit == Op(30))
            #expect(log.view == View(3) && log.logView == View(2))
            let entry = SHA256.digest([5])
            #expect(try await client.attest(op: Op(3), entry: entry) == Array(entry.bytes) + Array(entry.bytes))
            await #expect(throws: PeerError.self) { try await client.attest(op: Op(1_000), entry: entry) }
            let offer = StageOffer(draftID: 7, blobs: blobs.map { .init(address: $0.address, bytesCount: 1_000) })
            try await client.stage(offer)
            #expect(delegate.offers == [offer])
            #expect(client.statistics.bulk.receivedBytesCount > 3_000)
            #expect(client.statistics.control.receivedBytesCount == 0)
        }
    }

    @Test func fourMegabyteBlobsTravelWhole() async throws {
        let cluster = try Cluster()
        let blob = Fixtures.blob(9, bytesCount: Limits.blobBytesMax)
        try await withPeerServer(cluster, delegate: RecordingDelegate(held: [blob])) { address async throws in
            #expect(try await Self.client(cluster, address).storedBlobs([blob.address]) == [blob])
        }
    }

    @Test func whatTheNodeRefusesIsARejectionWithItsReason() async throws {
        let cluster = try Cluster()
        try await withPeerServer(cluster) { address async throws in
            let error = await #expect(throws: PeerError.self) {
                try await Self.client(cluster, address).logEntries(after: Op(5_000))
            }
            #expect(error?.code == .rejected)
            #expect(error?.message.contains("the log ends before op 5000") == true)
        }
    }

    @Test func requestsOverTheirLimitsFailBeforeTheyAreSent() async throws {
        let cluster = try Cluster()
        try await withPeerServer(cluster) { address async throws in
            let client = try Self.client(cluster, address)
            let many = [BlobAddress](repeating: .zero, count: Limits.wantAddressesMax + 1)
            await #expect(throws: PeerError.self) { try await client.want(many) }
            let entry = try Fixtures.entry(op: 1, bodyBytesCount: Limits.logBodyBytesMax)
            let large = Message.prepare(view: View(0), entry: entry, commit: .genesis)
            let error = await #expect(throws: PeerError.self) { try await client.deliver([large, large, large]) }
            #expect(error?.code == .tooLarge)
            try await client.deliver([large])
        }
    }

    @Test func nodesOfAnotherClusterAreRefusedAtBothEnds() async throws {
        let cluster = try Cluster()
        let other = try Cluster(cluster: "ffeeddccbbaa99887766554433221100")
        try await withPeerServer(cluster) { address async throws in
            let error = await #expect(throws: PeerError.self) {
                try await Self.client(cluster, address, identity: other.identity(1)).gossip(Fixtures.heads(nonce: 1))
            }
            #expect(error?.code == .untrusted)
            #expect(error?.message.contains("tarn cluster \(Fixtures.cluster)") == true)
        }
        // A client that trusts this server, but whose own certificate another authority signed.
        let stranger = try other.identity(1)
        try await withPeerServer(cluster) { address async throws in
            let security = try HTTP2Security(
                certificatePEM: stranger.certificatePEM,
                privateKeyPEM: stranger.privateKeyPEM,
                authorityPEM: stranger.authorityPEM
            ) { _ in "anyone" }
            let client = HTTP2Client(
                address: address,
                security: security,
                group: Fixtures.group,
                logger: Fixtures.logger
            )
            let error = await #expect(throws: HTTP2Error.self) {
                try await client.send(HTTP2Request(path: "/peer/v1/want"), deadline: .soon)
            }
            #expect(error?.code == .handshakeFailed)
        }
    }

    @Test(arguments: [0, 1])
    func expiredCertificatesAreRefused(expired: Int) async throws {
        let cluster = try Cluster()
        let identities = try (0..<2).map { try cluster.identity($0, startDaysAgo: $0 == expired ? 20 : 1, days: 10) }
        try await withPeerServer(cluster, identity: identities[0]) { address async throws in
            let error = await #expect(throws: PeerError.self) {
                try await Self.client(cluster, address, identity: identities[1]).gossip(Fixtures.heads(nonce: 1))
            }
            #expect(error?.code == .untrusted)
        }
    }

    @Test func aServerOfTheWrongDatacentreIsRefused() async throws {
        let cluster = try Cluster()
        try await withPeerServer(cluster) { address async throws in
            let error = await #expect(throws: PeerError.self) {
                try await Self.client(cluster, address, expecting: 2).gossip(Fixtures.heads(nonce: 1))
            }
            #expect(error?.code == .untrusted)
            #expect(error?.message.contains("the peer is datacentre dc1; expected here: dc3") == true)
        }
    }

    @Test func datacentresThatAreNoMembersAreRefused() async throws {
        let cluster = try Cluster()
        let outsider = try cluster.authority.issueNode(
            Fixtures.datacenter("dc9"),
            hosts: [],
            validity: Fixtures.validity()
        )
        try await withPeerServer(cluster) { address async throws in
            for identity in [outsider, try cluster.identity(0)] {
                let error = await #expect(throws: PeerError.self) {
                    let client = try PeerClient(
                        peer: cluster.members[0],
                        address: address,
                        identity: identity,
                        group: Fixtures.group,
                        logger: Fixtures.logger
                    )
                    _ = try await client.gossip(Fixtures.heads(nonce: 1))
                }
                #expect(error?.code == .untrusted)
            }
        }
    }

    @Test func anIdentityThatIsNoNodesIsRefusedAtTheStart() throws {
        let cluster = try Cluster()
        let api = try cluster.authority.issueServer(hosts: ["localhost"], validity: Fixtures.validity())
        #expect(throws: PeerError.self) {
            try Self.client(cluster, HTTP2Address(host: "127.0.0.1", port: 1), identity: api)
        }
    }
}
