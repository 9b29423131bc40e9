import Synchronization
import TarnCatalog
import TarnCore
import TarnCrypto
import TarnMerkle
import TarnNode

/// A node of one datacentre in memory: the real namespace, tree and catalog, and a log that commits at once.
final class FakeNode: NodeService {
    struct Failure: Sendable {
        var commit: (any Error)?
        var snapshot: (any Error)?
        var blob: (any Error)?
        var put: (any Error)?
    }

    struct State {
        var namespace: Namespace<SHA256>
        var headers: [LogHeader]
        var changeSets: [ChangeSet]
        var snapshots: [Snapshot]
        var blobs: [BlobAddress: [UInt8]] = [:]
        var receipts: [RequestID: CommitReceipt] = [:]
        var principals: [String: Principal] = [:]
        var waiters: [(op: Op, continuation: CheckedContinuation<Void, Never>)] = []
        /// What the next questions are answered with; the last one stays.
        var primaryURLs: [String?] = [nil]
        var trouble: String?
        var failure = Failure()
        var putSizes: [Int] = []
        /// Commits that wait until so many have been asked for.
        var gathering: (countMissing: Int, continuations: [CheckedContinuation<Void, Never>])?
        var proof: StateProof?
        var commitCount = 0
        var orphans: [Orphan] = []
        /// When all tokens got new secrets, in microseconds since 1970.
        var rotatedAt: UInt64 = 0
    }

    let datacenter: DatacenterID
    let catalog: Catalog
    let fakeUpkeep = FakeUpkeep()
    var upkeep: any UpkeepService { self.fakeUpkeep }
    var segments: any SegmentService { FakeSegments() }
    let membership: Membership
    let state: Mutex<State>
    /// Told each time somebody begins to wait for an op.
    let waits: AsyncStream<Op>
    private let waitsContinuation: AsyncStream<Op>.Continuation

    init(catalog: Catalog, name: String = "dc1") throws {
        self.datacenter = try DatacenterID(name)
        self.catalog = catalog
        (self.waits, self.waitsContinuation) = AsyncStream.makeStream(
            of: Op.self,
            bufferingPolicy: .bufferingNewest(16)
        )
        let genesis = try Genesis(
            clusterID: Array(repeating: 7, count: 16),
            boundaryKey: Array(0..<16),
            members: [Genesis.Member(datacenter: self.datacenter, publicKey: Array(repeating: 1, count: 32))],
            policy: .any2,
            createdAtMicroseconds: 1_700_000_000_000_000,
            adminTokenHash: .zero
        )
        self.credential = NodeCredential(genesis)
        self.membership = Membership(genesis)
        let namespace = Namespace<SHA256>.genesis(genesis)
        let header = LogHeader(
            op: .genesis,
            view: View(0),
            kind: .genesis,
            configurationEpoch: 0,
            timestampMicroseconds: genesis.createdAtMicroseconds,
            author: "genesis",
            request: try RequestID(client: "genesis", number: 0),
            parent: .zero,
            root: namespace.tree.root,
            body: SHA256.digest(genesis.encoded()),
            bodyBytesCount: UInt64(genesis.encoded().count),
            closureCount: 0,
            closureBytesCount: 0
        )
        self.state = Mutex(
            State(
                namespace: namespace,
                headers: [header],
                changeSets: [try ChangeSet([])],
                snapshots: [
                    Snapshot(op: .genesis, timestampMicroseconds: genesis.createdAtMicroseconds, tree: namespace.tree)
                ]
            )
        )
    }

    // MARK: What tests set up

    func add(
        token: String,
        name: String,
        scope: Principal.Scope,
        paths: [String] = [],
        limits: TokenLimits = TokenLimits()
    ) throws {
        let paths = try paths.map { try NamespacePath($0) }
        let principal = Principal(name: name, scope: scope, paths: paths, tokenID: name, limits: limits)
        self.state.withLock { $0.principals[token] = principal }
    }

    func revoke(token: String) { self.state.withLock { _ = $0.principals.removeValue(forKey: token) } }
    func set(primaryURL: String?) { self.set(primaryURLs: [primaryURL]) }
    func set(primaryURLs: [String?]) { self.state.withLock { $0.primaryURLs = primaryURLs } }
    func set(trouble: String?) { self.state.withLock { $0.trouble = trouble } }
    func fail(_ change: (inout Failure) -> Void) { self.state.withLock { change(&$0.failure) } }
    func remove(blob: BlobAddress) { self.state.withLock { _ = $0.blobs.removeValue(forKey: blob) } }
    var putSizes: [Int] { self.state.withLock { $0.putSizes } }
    var commitCount: Int { self.state.withLock { $0.commitCount } }
    var authors: [String] { self.state.withLock { $0.headers.map(\.author) } }
    subscript(path: String) -> Entry? {
        guard let path = try? NamespacePath(path) else { return nil }
        return self.state.withLock { $0.namespace.tree[path] }
    }

    /// Puts a file by the way that clients use.
    @discardableResult
    func write(_ path: String, _ text: String) async throws -> CommitReceipt {
        let address = try await self.put(blobs: [Array(text.utf8)]).addresses[0]
        let entry = try Entry.file(content: address, size: UInt64(text.utf8.count))
        return try await self.change(path, .put(entry))
    }

    @discardableResult
    func change(_ path: String, _ action: Change.Action) async throws -> CommitReceipt {
        let number = UInt64(self.state.withLock { $0.headers.count })
        return try await self.commit(
            [Change(path: try NamespacePath(path), action: action)],
            author: "tester",
            request: try RequestID(client: "tests", number: number)
        )
    }

    // MARK: NodeService

    var head: CommittedHead {
        self.state.withLock { CommittedHead(op: $0.snapshots[$0.snapshots.count - 1].op, root: $0.namespace.tree.root) }
    }

    var primaryURL: String? {
        self.state.withLock { $0.primaryURLs.count > 1 ? $0.primaryURLs.removeFirst() : $0.primaryURLs[0] }
    }

    func status() async -> ClusterStatus {
        let (head, trouble) = (self.head, self.state.withLock { $0.trouble })
        let row = ClusterStatus.Datacenter(
            datacenter: self.datacenter,
            role: .primary,
            url: "http://127.0.0.1:1",
            isReachable: true,
            view: View(3),
            op: head.op,
            commit: head.op,
            root: head.root,
            prefixComplete: head.op,
            lagOps: 2,
            missingBytesCount: 5,
            roundTripMilliseconds: nil,
            trouble: trouble
        )
        return ClusterStatus(cluster: "c1", primary: self.datacenter, isMirrored: false, datacenters: [row])
    }

    func switchOver(to datacenter: DatacenterID) async throws -> View {
        guard datacenter == self.datacenter else { throw NodeError(.conflict, "\(datacenter) cannot lead") }
        return View(3)
    }

    func linearizableOp() async throws -> Op { self.head.op }

    func viewHistory() async -> ViewHistory { ViewHistory(view: View(0)) }
    func orphans() async throws -> [Orphan] { self.state.withLock { $0.orphans } }

    func receipt(of op: Op) async throws -> DurabilityReceipt {
        throw NodeError(.notFound, "op \(op) is not committed here")
    }

    func snapshot(at selector: SnapshotSelector?) async throws -> Snapshot {
        try self.state.withLock { state in
            if let error = state.failure.snapshot { throw error }
            let snapshots = state.snapshots
            switch selector {
            case nil: return snapshots[snapshots.count - 1]
            case .op(let op):
                guard op.number < UInt64(snapshots.count) else {
                    throw NodeError(.notFound, "op \(op) is not committed yet")
                }
                return snapshots[Int(op.number)]
            case .root(let root):
                guard let found = snapshots.last(where: { $0.root == root }) else {
                    throw NodeError(.notFound, "no such root")
                }
                return found
            case .time(let time):
                guard let found = snapshots.last(where: { $0.timestampMicroseconds <= time.microseconds }) else {
                    throw NodeError(.gone, "nothing is kept from then; the nearest kept op is 0")
                }
                return found
            }
        }
    }

    /// Waits for a commit; an op of a million or more stands for one that does not come in time.
    func wait(for op: Op, deadlineMilliseconds: Int) async throws {
        if op.number >= 1_000_000 { throw NodeError(.unavailable, "op \(op) was not committed in time") }
        await withCheckedContinuation { continuation in
            let isDone = self.state.withLock { state in
                let isDone = state.headers[state.headers.count - 1].op >= op
                if !isDone { state.waiters.append((op: op, continuation: continuation)) }
                return isDone
            }
            self.waitsContinuation.yield(op)
            if isDone { continuation.resume() }
        }
    }

    func contains(_ addresses: [BlobAddress]) async throws -> [Bool] {
        self.state.withLock { state in addresses.map { state.blobs[$0] != nil } }
    }

    func stage(content: [UInt8]) async throws -> BlobAddress { try await self.put(blobs: [content]).addresses[0] }

    func put(blobs: [[UInt8]]) async throws -> StagedBlobs {
        let addresses = blobs.map { SHA256.digest($0) }
        return try self.state.withLock { state in
            if let error = state.failure.put { throw error }
            var newCount = 0
            for (address, bytes) in zip(addresses, blobs) {
                state.putSizes.append(bytes.count)
                if state.blobs.updateValue(bytes, forKey: address) == nil { newCount += 1 }
            }
            return StagedBlobs(addresses: addresses, newCount: newCount, newStoredBytesCount: UInt64(newCount) * 40)
        }
    }

    func put(manifest: Manifest) async throws -> BlobAddress {
        guard try await self.contains(manifest.chunks).allSatisfy({ $0 }) else {
            throw NodeError(.invalidRequest, "a chunk of the manifest is not stored")
        }
        return try await self.put(blobs: [manifest.encoded()]).addresses[0]
    }

    func blobs(_ addresses: [BlobAddress]) async throws -> [[UInt8]?] {
        self.state.withLock { state in addresses.map { state.blobs[$0] } }
    }

    func blob(_ address: BlobAddress) async throws -> [UInt8] {
        try self.state.withLock { state in
            if let error = state.failure.blob { throw error }
            guard let bytes = state.blobs[address] else {
                throw NodeError(.unavailable, "blob \(address) is not stored here")
            }
            return bytes
        }
    }

    func manifest(of entry: Entry) async throws -> Manifest {
        guard let address = entry.manifest else { throw NodeError(.invalidRequest, "no manifest") }
        return try Manifest(decoding: try await self.blob(address))
    }

    func log(after op: Op, limit: Int) async throws -> [LogHeader] {
        self.state.withLock { state in Array(state.headers.filter { $0.op > op }.prefix(limit)) }
    }

    func changeSet(at op: Op) async throws -> EncodedChangeSet {
        try self.state.withLock { state in
            guard op.number < UInt64(state.changeSets.count) else {
                throw NodeError(.notFound, "op \(op) is not committed here")
            }
            return try EncodedChangeSet(state.changeSets[Int(op.number)].encoded())
        }
    }

    func verify(progress: @Sendable (UInt64, UInt64) -> Void) async throws -> VerifyReport {
        progress(50, 100)
        progress(100, 100)
        let head = self.head
        let bad = VerifyReport.BadBlob(
            address: head.root,
            reason: "missing",
            paths: [try NamespacePath("/workspace/a")]
        )
        return VerifyReport(
            op: head.op,
            recomputedRoot: head.root,
            expectedRoot: head.root,
            blobCount: 4,
            rawBytesCount: 100,
            bad: [bad]
        )
    }

    let metrics = NodeMetrics()
    var storage: StorageFigures {
        let bytesCount = self.state.withLock { $0.blobs.values.reduce(0) { $0 + UInt64($1.count) } }
        return StorageFigures(
            blobCount: self.state.withLock { $0.blobs.count },
            rawBytesCount: bytesCount,
            suspectCount: 0,
            freeBytesCount: 1 << 30,
            streams: [StorageFigures.Stream(name: "small", segmentCount: 1, bytesCount: bytesCount)]
        )
    }
    let credential: NodeCredential

    func writeMetrics(to text: inout MetricText) async { self.metrics.write(to: &text) }

    func authenticate(token: String) async -> Principal? {
        if token == self.credential.token(of: self.datacenter).text {
            return Principal(name: NodeCredential.author(self.datacenter), scope: .admin, paths: [])
        }
        return await self.client(token: token)
    }

    private func client(token: String) async -> Principal? {
        self.state.withLock { $0.principals[token] }
    }

    func principal(ofTokenID id: String, secretShownAt microseconds: UInt64) async -> Principal? {
        self.state.withLock { state in
            guard microseconds >= state.rotatedAt else { return nil }
            return state.principals.first { BearerToken($0.key)?.id == id }?.value
        }
    }
}

/// Reads what the catalog asks for from the fake node, which exists only after its catalog does.
final class FakeContent: CatalogContentSource {
    private let node: Mutex<FakeNode?> = Mutex(nil)

    func attach(_ node: FakeNode) { self.node.withLock { $0 = node } }

    func content(of entry: Entry, bytesMax: Int) async throws -> [UInt8] {
        guard let node = self.node.withLock({ $0 }) else { throw NodeError(.unavailable, "no node yet") }
        return try await node.blob(entry.content)
    }
}
