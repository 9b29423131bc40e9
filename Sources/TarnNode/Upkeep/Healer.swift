internal import Logging
internal import TarnBlobStore
internal import TarnConsensus
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnPeer
internal import TarnSegment

/// Names what is damaged, refills it from whoever holds it, and keeps the rest in the book until it is healed.
actor Healer {
    private static let pathsPerDamageMax = 16
    private static let entryBytesMax = 4 << 20
    private static let addressesPerFetch = 256
    private let executor = QueueExecutor(label: "tarn.healer")
    private let genesis: Genesis
    private let store: BlobStore
    private let state: CommittedState
    private let collector: GarbageCollector
    private let fetcher: BlobFetcher
    private let clients: [PeerClient?]
    private let book: DamageBook
    private let logger: Logger
    /// Log entries that a scrub found damaged, until they are written again.
    private var entries: [Op: StoreDamage] = [:]
    /// Whether blobs may be gone without a record that says so: with a segment, or with what named them in it.
    private var looksForAbsent: Bool

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    init(
        genesis: Genesis,
        store: BlobStore,
        state: CommittedState,
        collector: GarbageCollector,
        fetcher: BlobFetcher,
        clients: [PeerClient?],
        book: DamageBook,
        logger: Logger
    ) {
        self.genesis = genesis
        self.store = store
        self.state = state
        self.collector = collector
        self.fetcher = fetcher
        self.clients = clients
        self.book = book
        self.logger = logger
        self.looksForAbsent = store.recovery.hasLosses
    }

    /// Records that are known to be damaged, and one more when others may be gone.
    var workCount: Int { self.store.damagedCount + self.entries.count + (self.looksForAbsent ? 1 : 0) }

    /// Ops of the entries of the live log that are damaged and not written again yet, ascending.
    var damagedOps: [Op] {
        self.entries.filter { op, damage in
            guard case .entry(_, let hash) = damage.subject else { return false }
            return !self.store.supersededEntries(at: op).contains(hash)
        }.keys.sorted()
    }

    /// Has the next healing look for blobs of the newest state that are gone: a scrub reads only what there is.
    func lookForAbsent() { self.looksForAbsent = true }

    /// Takes note of what a scrub found.
    func note(_ damages: [StoreDamage]) {
        for damage in damages {
            self.logger.error(
                "damaged record",
                metadata: [
                    "record": "\(damage.subject)", "segment": "\(damage.segment)", "offset": "\(damage.offset)",
                    "reason": "\(damage.reason)",
                ]
            )
            if case .entry(let op, _) = damage.subject { self.entries[op] = damage }
        }
    }

    /// Heals what can be healed; returns what was, and what is left. `looksForAbsent` has it look for blobs that are gone,
    /// whether or not there is a reason to.
    func heal(looksForAbsent: Bool = false) async throws -> (healed: [DamageNote], damaged: [DamageNote]) {
        guard self.workCount > 0 || looksForAbsent else {
            self.book.replace(with: [])
            return ([], [])
        }
        var healed: [DamageNote] = []
        var damaged: [DamageNote] = []
        // First: what the kept states need is found out by reading the log.
        try await self.healEntries(&healed, &damaged)
        let blobs = try await self.damagedBlobs(looksForAbsent: looksForAbsent || self.looksForAbsent)
        let reasons = try await self.reasons()
        let suspects = Set(self.store.damaged(among: blobs.map(\.address)))
        for start in stride(from: 0, to: blobs.count, by: Self.addressesPerFetch) {
            let part = blobs[start..<min(start + Self.addressesPerFetch, blobs.count)].map(\.address)
            // Nobody may hold one of them: the others are fetched all the same.
            do {
                try await self.fetcher.fetch(closureOf: part, preferring: 0, for: .background)
            } catch let error as NodeError {
                self.logger.warning("not everything damaged could be fetched", metadata: ["error": "\(error)"])
            }
        }
        for ((address, paths), isHere) in zip(blobs, self.store.contains(blobs.map(\.address))) {
            let isAbsent = !suspects.contains(address)
            let note = DamageNote(
                name: "blob \(address)",
                reason: reasons[address] ?? (isAbsent ? "it is gone" : "it cannot be read"),
                paths: paths
            )
            if isHere { healed.append(note) } else { damaged.append(note) }
            if isAbsent, !isHere { self.looksForAbsent = true }
        }
        try await self.healNodes(&healed, &damaged)
        let still = self.store.damaged(among: blobs.map(\.address))
        let unnamed = self.store.statistics().suspectCount - still.count
        if unnamed > 0 {
            let reason = "they cannot be read, and nothing that is kept needs them"
            self.logger.notice("damaged garbage", metadata: ["blobs": "\(unnamed)", "reason": "\(reason)"])
        }
        self.book.replace(with: damaged)
        for note in healed {
            self.logger.notice("healed", metadata: ["name": "\(note.name)", "paths": "\(note.paths)"])
        }
        return (healed, damaged)
    }

    private func reasons() async throws -> [BlobAddress: String] {
        var out: [BlobAddress: String] = [:]
        for damage in try await self.store.damages() {
            if case .blob(let address?, _) = damage.subject {
                out[address] = "\(damage.reason): segment \(damage.segment) at \(damage.offset)"
            }
        }
        return out
    }

    /// Every damaged blob that something kept names, with the paths of the newest state that need it; and what of that
    /// state is gone, when that is to be looked for.
    private func damagedBlobs(
        looksForAbsent: Bool
    ) async throws -> [(address: BlobAddress, paths: [NamespacePath])] {
        let newest = self.state.newest
        // What is still being fetched is not gone.
        let looksForAbsent = looksForAbsent && self.store.log.acknowledgedSinceGenesis >= newest.op
        guard looksForAbsent || self.store.statistics().suspectCount > 0 else { return [] }
        var paths: [BlobAddress: [NamespacePath]] = [:]
        let tree = newest.tree
        var after: NamespacePath?
        while true {
            let page = tree.descendants(of: .root, after: after, limit: Limits.listPageCountMax)
            guard let last = page.last else { break }
            for (path, entry) in page {
                for damaged in try await self.damaged(closureOf: entry, looksForAbsent: looksForAbsent)
                where paths[damaged, default: []].count < Self.pathsPerDamageMax {
                    paths[damaged, default: []].append(path)
                }
            }
            after = last.0
        }
        if looksForAbsent { self.looksForAbsent = false }
        let walk = LiveWalk(genesis: self.genesis, store: self.store, state: self.state)
        var older: Set<BlobAddress> = []
        let store = self.store
        do {
            let floor = try await self.collector.floors.current()
            try await walk.visit(floor) { addresses in older.formUnion(store.damaged(among: addresses)) }
        } catch let error where error is StoreError || error is NodeError {
            // Where the log itself is damaged, what the newest state needs is healed all the same.
            self.logger.warning("not all kept states could be looked through", metadata: ["error": "\(error)"])
        }
        for address in older where paths[address] == nil { paths[address] = [] }
        return paths.sorted { $0.key < $1.key }.map { (address: $0.key, paths: $0.value) }
    }

    /// The blob of a file when it is damaged, or the chunks of its manifest that are; or those that are gone, too.
    private func damaged(closureOf file: Entry, looksForAbsent: Bool) async throws -> [BlobAddress] {
        guard let blob = file.blob else { return [] }
        if looksForAbsent, let missing = try? await self.store.missing(of: file) { return missing }
        let own = self.store.damaged(among: [blob])
        guard own.isEmpty, file.manifest != nil else { return own }
        guard let manifest = try? await self.store.manifest(blob) else { return self.store.damaged(among: [blob]) }
        return self.store.damaged(among: manifest.chunks)
    }

    private func healEntries(_ healed: inout [DamageNote], _ damaged: inout [DamageNote]) async throws {
        for (op, damage) in self.entries.sorted(by: { $0.key < $1.key }) {
            guard case .entry(_, let hash) = damage.subject else { continue }
            let note = DamageNote(name: "log entry of op \(op)", reason: damage.reason, paths: [])
            var entry = try? await self.store.entry(at: op, hash: hash)
            if entry?.header.op != op {
                entry = await self.fetchEntry(op, hash)
                if let entry { try await self.store.append([.entry(entry)], stored: []) }
            }
            guard let entry, try await self.acknowledge(entry, hash) else {
                damaged.append(note)
                continue
            }
            self.entries[op] = nil
            healed.append(note)
        }
    }

    /// Makes an entry whole that came back, where its acknowledgement is lost too: nobody else would before the next
    /// start. False when nobody who answers has what it names.
    private func acknowledge(_ entry: LogEntry, _ hash: Digest) async throws -> Bool {
        let op = entry.header.op
        guard op > .genesis, !self.store.isAcknowledged(op), !self.store.supersededEntries(at: op).contains(hash) else {
            return true
        }
        do {
            let needed = try await self.collector.needed(try entry.blobs(), of: op)
            try await self.fetcher.fetch(
                closureOf: needed,
                manifests: try entry.manifests(),
                preferring: 0,
                for: .background
            )
        } catch let error as NodeError {
            self.logger.warning("op \(op) is not whole yet", metadata: ["error": "\(error)"])
            return false
        }
        try await self.store.append([.acknowledgement(op: op, entry: hash)], stored: [])
        return true
    }

    private func fetchEntry(_ op: Op, _ hash: Digest) async -> LogEntry? {
        guard op > .genesis else { return nil }
        for client in self.clients {
            guard let client,
                let answer = try? await client.logEntries(after: Op(op.number - 1), bytesMax: Self.entryBytesMax),
                let entry = answer.entries.first, entry.header.hash(SHA256.self) == hash, entry.isBodyValid(SHA256.self)
            else { continue }
            return entry
        }
        return nil
    }

    /// Tree nodes of the newest state are in memory: they are written again. Others stand in old checkpoints only.
    private func healNodes(_ healed: inout [DamageNote], _ damaged: inout [DamageNote]) async throws {
        guard self.store.damagedCount > self.store.statistics().suspectCount else { return }
        var nodes: [(Digest, [UInt8])] = []
        self.state.newest.tree.forEachNode(notIn: nil) { hash, bytes in
            if !self.store.damaged(nodes: [hash]).isEmpty { nodes.append((hash, bytes)) }
            return true
        }
        guard !nodes.isEmpty else { return }
        try await self.store.writeNodes(nodes)
        let still = Set(self.store.damaged(nodes: nodes.map(\.0)))
        for (hash, _) in nodes {
            let note = DamageNote(name: "tree node \(hash)", reason: "it cannot be read", paths: [])
            if still.contains(hash) { damaged.append(note) } else { healed.append(note) }
        }
    }
}
