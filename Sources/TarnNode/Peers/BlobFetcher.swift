internal import Logging
internal import TarnBlobStore
internal import TarnCore
internal import TarnPeer

/// Pulls missing blobs from whoever holds them: resumable, because what has arrived is no longer wanted.
final class BlobFetcher: Sendable {
    private static let addressesPerRequest = 1_024
    private static let answerBytesMax = 4 << 20
    /// How long a call waits for others to bring what its blobs are differences to. They may wait for it in turn, where
    /// members store the same blobs as differences to each other the other way round.
    static let baseWaitMax = Duration.seconds(10)

    /// How fast answers came.
    let rate = TransferRate()
    private let store: BlobStore
    /// By member index; nil for this member.
    private let clients: [PeerClient?]
    private let budgets: [LinkBudget]
    private let peers: PeerTable
    private let logger: Logger
    /// What some call is fetching; the others wait for it.
    private let claims = FetchClaims()
    private let baseWaitMax: Duration

    init(
        store: BlobStore,
        clients: [PeerClient?],
        peers: PeerTable,
        links: LinkSettings,
        baseWaitMax: Duration = BlobFetcher.baseWaitMax,
        logger: Logger
    ) {
        self.store = store
        self.clients = clients
        self.peers = peers
        self.budgets = clients.map { _ in LinkBudget(links) }
        self.baseWaitMax = baseWaitMax
        self.logger = logger
    }

    /// Returns once every blob of `set`, and every chunk that a manifest in it names, is durable here; `manifests` are
    /// those of `set` that an entry names as such, and count as manifests here from then on. Asks `preferred` first. Throws ``NodeError`` `unavailable` when nobody who answers holds some of them.
    func fetch(
        closureOf set: [BlobAddress],
        manifests: [BlobAddress] = [],
        preferring preferred: Int,
        for transfer: TransferClass = .urgent
    ) async throws {
        while true {
            let missing = try await self.store.missing(closureOf: set, manifests: manifests)
            guard !missing.isEmpty else { return try await self.store.promote(manifests: manifests) }
            try await self.fetch(missing, preferring: preferred, for: transfer)
        }
    }

    private func fetch(_ missing: [BlobAddress], preferring preferred: Int, for transfer: TransferClass) async throws {
        let mine = self.claims.claim(missing)
        guard !mine.isEmpty else {
            await self.claims.waitForRelease(of: missing)
            try Task.checkCancellation()
            return
        }
        defer { self.claims.release(mine) }
        var wanted = mine
        for member in self.order(preferring: preferred) {
            guard let client = self.clients[member] else { continue }
            do {
                try await self.pull(wanted, from: Source(client: client, budget: self.budgets[member], for: transfer))
            } catch {
                try Task.checkCancellation()
                self.logger.debug("fetching blobs failed", metadata: ["member": "\(member)", "error": "\(error)"])
            }
            let have = self.store.contains(wanted)
            wanted = zip(wanted, have).filter { !$1 }.map(\.0)
            if wanted.isEmpty { return }
        }
        throw NodeError(.unavailable, "no datacentre that answers holds blob \(wanted[0]) and \(wanted.count - 1) more")
    }

    /// Whoever was heard lately first: a link that is cut does not answer, and the third datacentre has the blobs too.
    private func order(preferring preferred: Int) -> [Int] {
        let order = [preferred] + self.clients.indices.filter { $0 != preferred }
        let isHeard = order.map { self.clients[$0].map { self.peers.isReachable($0.peer) } ?? false }
        let pairs = zip(order, isHeard)
        return pairs.filter(\.1).map(\.0) + pairs.filter { !$0.1 }.map(\.0)
    }

    /// Whom blobs are pulled from, and what it may cost.
    private struct Source: Sendable {
        let client: PeerClient
        let budget: LinkBudget
        let transfer: TransferClass

        init(client: PeerClient, budget: LinkBudget, for transfer: TransferClass) {
            self.client = client
            self.budget = budget
            self.transfer = transfer
        }
    }

    /// Asks one member for all of `wanted`, in slices that run side by side, and then for whatever they are differences
    /// to that is not here.
    private func pull(_ wanted: [BlobAddress], from source: Source) async throws {
        var waiting = try await self.pullSlices(of: wanted, from: source)
        while true {
            waiting = try await self.store(waiting)
            guard !waiting.isEmpty else { return }
            let absent = self.absentBases(of: waiting)
            // This call itself asked for it, so nobody else will, and the member does not have it.
            if let base = absent.first(where: wanted.contains) {
                throw NodeError(.unavailable, "blob \(base), which others are differences to, did not come with them")
            }
            let claimed = self.claims.claim(absent)
            defer { self.claims.release(claimed) }
            if claimed.isEmpty {
                // Others are fetching them: some have arrived afterwards.
                let isReleased = await self.claims.waitForRelease(of: absent, atMost: self.baseWaitMax)
                try Task.checkCancellation()
                if isReleased { continue }
            }
            // What others did not bring in time is asked for beside them. This member has it by itself, or as a
            // difference to something else than what it is needed for: then nobody waits in a circle any more.
            let bases = claimed.isEmpty ? absent : claimed
            waiting += try await self.pullSlices(of: bases, from: source)
            let known = Set(waiting.map(\.address))
            for (base, isHere) in zip(bases, self.store.contains(bases)) where !isHere && !known.contains(base) {
                throw NodeError(.unavailable, "blob \(base), which others are differences to, cannot be had")
            }
        }
    }

    /// Stores what arrives of `wanted`; returns what has to wait for something that it is a difference to.
    private func pullSlices(of wanted: [BlobAddress], from source: Source) async throws -> [StoredBlob] {
        try await withThrowingTaskGroup(of: [StoredBlob].self) { group in
            var waiting: [StoredBlob] = []
            var next = 0
            var running = 0
            while next < wanted.count || running > 0 {
                if next < wanted.count, running < LinkBudget.requestsMax {
                    let slice = Array(wanted[next..<min(next + Self.addressesPerRequest, wanted.count)])
                    next += slice.count
                    running += 1
                    group.addTask { try await self.pull(slice: slice, from: source) }
                } else {
                    waiting += try await group.next() ?? []
                    running -= 1
                }
            }
            return waiting
        }
    }

    private func pull(slice: [BlobAddress], from source: Source) async throws -> [StoredBlob] {
        var wanted = slice
        var waiting: [StoredBlob] = []
        while !wanted.isEmpty {
            await source.budget.enter(source.transfer)
            defer { source.budget.leave(source.transfer) }
            let start = WallClock.monotonicNanoseconds()
            let blobs = try await source.client.storedBlobs(wanted, bytesMax: Self.answerBytesMax)
            let bytesCount = blobs.reduce(0) { $0 + $1.bytes.count }
            self.rate.note(bytesCount: bytesCount, nanoseconds: WallClock.monotonicNanoseconds() - start)
            guard !blobs.isEmpty else { break }
            waiting = try await self.store(waiting + blobs)
            try await source.budget.pay(bytesCount, for: source.transfer)
            let arrived = Set(blobs.map(\.address))
            wanted.removeAll { arrived.contains($0) }
        }
        return waiting
    }

    /// Stores those of `blobs` that can be decoded here and returns the others.
    private func store(_ blobs: [StoredBlob]) async throws -> [StoredBlob] {
        let (ready, waiting) = self.store.decodable(blobs)
        guard !ready.isEmpty else { return waiting }
        try await self.store.put(stored: ready)
        self.claims.release(ready.map(\.address))
        return waiting
    }

    /// What `blobs` are differences to that is neither among them nor here.
    private func absentBases(of blobs: [StoredBlob]) -> [BlobAddress] {
        let needed = Array(Set(blobs.flatMap(\.bases)).subtracting(blobs.map(\.address)))
        return zip(needed, self.store.contains(needed)).filter { !$1 }.map(\.0)
    }
}
