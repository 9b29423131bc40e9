internal import Logging
internal import TarnBlobStore
internal import TarnCatalog
internal import TarnConsensus
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnSegment

/// Brings a node's state back from its data folder: newest checkpoint, then the log up to what surely committed.
struct NodeRecovery {
    private static let replayBytesMax = 8 << 20
    private static let headersPerRead = 4_096

    let genesis: Genesis
    /// Whether the cluster has one datacentre, as far as is known before the log is read.
    let isAlone: Bool
    let store: BlobStore
    let catalog: Catalog
    let logger: Logger
    /// Whether a person wants to see what is left, and perhaps to go on with that: then a cluster of one whose log lost
    /// something is no error, and no doubt is written down.
    var acceptsLoss = false

    struct Result {
        let line: NamespaceLine
        let clientTable: ClientTable
        let recovered: RecoveredLog
        /// Op and tree of the newest checkpoint; the genesis when there is none.
        let checkpoint: (op: Op, tree: MerkleTree<SHA256>)
        /// Entries changed since that checkpoint.
        let replayedChangesCount: Int
        /// Whether the catalog holds exactly what is committed; otherwise it has to be rebuilt.
        let isCatalogCurrent: Bool
        /// The op behind which entries are missing, though later ones are here or were committed; nil when none are.
        let lostAfter: Op?

        /// The committed state.
        var snapshot: Snapshot {
            Snapshot(
                op: self.line.committedHeader.op,
                timestampMicroseconds: self.line.committedHeader.timestampMicroseconds,
                tree: self.line.committed.tree
            )
        }
    }

    func run() async throws -> Result {
        try await self.writeGenesisIfNew()
        let end = try await self.contiguousHead()
        var (line, clients) = try await NamespaceLine.loadWithClients(
            upTo: self.isAlone ? max(end, self.store.log.head, self.store.superblock.commit) : end,
            genesis: self.genesis,
            store: self.store
        )
        let (head, isWhole) = self.stateHead(end, checkpoint: line.committedHeader.op)
        let floor = Replica.commitFloor(head: head)
        // A log that lost the record of its view may end in entries that were superseded: only what they prove counts.
        let known = self.store.superblock.logView > self.store.log.logView ? floor : self.store.superblock.commit
        let committed = min(max(known, floor), head)
        let lostAfter = isWhole && self.store.superblock.commit <= head ? nil : head
        try await self.noteDoubt(lostAfter: lostAfter)
        let checkpoint = (op: line.committedHeader.op, tree: line.committed.tree)
        var replayed = 0
        let catalogStart = self.catalog.appliedOp
        var isCatalogCurrent = catalogStart.map { $0 >= line.committedHeader.op } ?? false
        while line.committedHeader.op < committed {
            let entries = try await self.store.entries(after: line.committedHeader.op, bytesMax: Self.replayBytesMax)
            guard !entries.isEmpty else {
                throw NodeError(
                    .internalError,
                    "the log ends at op \(line.committedHeader.op), before the committed op \(committed)"
                )
            }
            var forCatalog: [AppliedOp] = []
            for entry in entries where entry.header.op <= committed {
                let step = try line.commit(entry)
                clients.note(step.header)
                replayed += step.changes.count
                if isCatalogCurrent, let catalogStart, step.header.op > catalogStart {
                    forCatalog.append(AppliedOp(header: step.header, changes: step.changes))
                }
            }
            if !forCatalog.isEmpty { try await self.catalog.apply(forCatalog) }
        }
        // Never both: a catalog ahead of what is known to be committed stays; it only ever applied committed ops.
        if let applied = self.catalog.appliedOp, applied < line.committedHeader.op { isCatalogCurrent = false }
        return Result(
            line: line,
            clientTable: clients,
            recovered: try await self.recoveredLog(line, head: head),
            checkpoint: checkpoint,
            replayedChangesCount: replayed,
            isCatalogCurrent: isCatalogCurrent,
            lostAfter: lostAfter
        )
    }

    /// Up to where the log is here without a gap.
    private func contiguousHead() async throws -> Op {
        let log = self.store.log
        if log.first == .genesis { return log.head }
        var head = Op.genesis
        while let next = try await self.store.headers(after: head, limit: Self.headersPerRead).last { head = next.op }
        return head
    }

    /// Up to where the state is here, and whether no entry of the log behind that is cut off from it. `end` is that of
    /// the log without a gap; only for a cluster of one, which gets nothing back from anybody, a `checkpoint` beyond it
    /// stands for what the log lost before it.
    private func stateHead(_ end: Op, checkpoint: Op) -> (head: Op, isWhole: Bool) {
        let log = self.store.log
        guard self.isAlone, checkpoint > end else { return (end, log.first == .genesis) }
        self.logger.error(
            "entries of the log are lost; the state is that of a later checkpoint",
            metadata: ["lost after": "op \(end)", "checkpoint": "op \(checkpoint)"]
        )
        if let first = log.first, first > end, checkpoint.next >= first { return (max(log.head, checkpoint), true) }
        return (checkpoint, log.head <= checkpoint)
    }

    /// A member of three whose disk is new, or lost a part of the log, may have forgotten what it promised. `lostAfter`
    /// is the op behind which entries are missing, though later ones are here or were committed.
    private func noteDoubt(lostAfter: Op?) async throws {
        guard !self.acceptsLoss else { return }
        if self.isAlone {
            guard let lostAfter else { return }
            // Going on would order other entries in the place of the lost ones, beside later ones that are still here.
            throw NodeError(
                .internalError,
                "op \(lostAfter.next) of the log is damaged or lost, and no other datacentre has it; later ops are not "
                    + "lost yet: keep a copy of the data folder, and restore a backup, or see what 'tarn recover "
                    + "--new-lineage' would keep"
            )
        }
        let isViewLost = self.store.superblock.logView > self.store.log.logView
        guard lostAfter != nil || isViewLost, self.store.superblock.isTrusted else { return }
        self.logger.error("a part of the log is lost; this node does not vote until it has caught up")
        var superblock = self.store.superblock
        superblock.isTrusted = false
        try await self.store.update(superblock: superblock)
    }

    private func writeGenesisIfNew() async throws {
        let entry = try GenesisEntry.make(self.genesis)
        if let first = try await self.store.entry(at: .genesis) {
            guard first == entry else {
                throw NodeError(.internalError, "the data folder begins with another genesis than the cluster's")
            }
            return
        }
        guard self.store.log.isEmpty else {
            throw NodeError(.internalError, "the data folder holds a log without its genesis")
        }
        let hash = entry.header.hash(SHA256.self)
        if !self.isAlone {
            // Nobody can tell a new disk from one that was exchanged: the other members will say.
            var superblock = self.store.superblock
            superblock.isTrusted = false
            try await self.store.update(superblock: superblock)
        }
        try await self.store.append(
            [
                .entry(entry), .acknowledgement(op: .genesis, entry: hash),
                .head(logView: View(0), op: .genesis, entry: hash),
            ],
            stored: []
        )
        self.logger.info("new data folder", metadata: ["root": "\(entry.header.root)"])
    }

    private func recoveredLog(_ line: NamespaceLine, head: Op) async throws -> RecoveredLog {
        var suffix: [RecoveredLog.Suffix] = []
        var op = line.committedHeader.op
        while op < head {
            let entries = try await self.store.entries(after: op, bytesMax: Self.replayBytesMax)
            guard let last = entries.last else { break }
            suffix += entries.map {
                RecoveredLog.Suffix(entry: $0, isAcknowledged: self.store.isAcknowledged($0.header.op))
            }
            op = last.header.op
        }
        return RecoveredLog(
            view: max(self.store.superblock.view, self.store.log.logView),
            logView: self.store.log.logView,
            committed: line.committedHeader,
            suffix: suffix,
            isTrusted: self.store.superblock.isTrusted
        )
    }
}
