internal import Foundation
package import Logging
internal import TarnBlobStore
internal import TarnCatalog
internal import TarnConsensus
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnSegment

/// Goes on with one datacentre after the two others were lost for good, or after one that is alone lost entries of its
/// log: a new lineage of the log, which begins with what this one holds. Works on the folder of a node that is stopped.
package struct LineageRecovery {
    /// An entry after the commit number, and what of it is not here.
    private struct Tail {
        let entry: LogEntry
        let missing: [BlobAddress]
    }

    private static let pageBytesMax = 8 << 20

    private let configuration: NodeConfiguration
    private let logger: Logger

    package init(configuration: NodeConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Says what is lost; with `isAccepted`, writes that down and begins the lineage. Throws ``ConfigurationError`` or
    /// ``NodeError`` when the node runs, votes alone and has its whole log, or cannot be read; then nothing was
    /// changed.
    package func run(isAccepted: Bool) async throws -> LossStatement {
        let genesis = try NodeParts.genesis(of: self.configuration)
        let finder = MembershipFinder(genesis: genesis, configuration: self.configuration)
        let (store, catalog) = try await NodeParts.openStores(self.configuration, genesis: genesis, logger: self.logger)
        do {
            let (membership, found) = try await finder.recover(
                store: store,
                catalog: catalog,
                logger: self.logger,
                acceptsLoss: true
            )
            // Also while two others are to learn the log: those may never come.
            let isLogLost = membership.votersCount == 1 && found.lostAfter != nil
            guard isLogLost || membership.votersCount == 3,
                let seat = membership.seat(of: self.configuration.datacenter), seat < membership.votersCount
            else {
                throw NodeError(
                    .conflict,
                    "this node has no majority to lose: it alone votes and has its whole log, or it has no vote"
                )
            }
            let tail = try await self.tail(of: found, store: store)
            let statement = try await self.statement(genesis, membership, found, tail, store: store)
            try await catalog.close()
            if isAccepted {
                try self.writeDown(statement)
                try self.removeCatalog()
                let next = try membership.recovered(seat: seat, lineage: statement.lineage)
                try await self.begin(statement, next, found, tail, store: store)
                try finder.keep(next)
            }
            try await store.close()
            return statement
        } catch {
            try? await catalog.close()
            try? await store.close()
            throw error
        }
    }

    // MARK: Survey

    private func tail(of found: NodeRecovery.Result, store: BlobStore) async throws -> [Tail] {
        var out: [Tail] = []
        for suffix in found.recovered.suffix {
            out.append(Tail(entry: suffix.entry, missing: try await store.missing(of: suffix.entry)))
        }
        return out
    }

    private func statement(
        _ genesis: Genesis,
        _ membership: Membership,
        _ found: NodeRecovery.Result,
        _ tail: [Tail],
        store: BlobStore
    ) async throws -> LossStatement {
        let keptCount = tail.firstIndex { !$0.missing.isEmpty } ?? tail.count
        var line = found.line
        for kept in tail.prefix(keptCount) { line.append(try line.step(for: kept.entry)) }
        let (incomplete, count) = try await self.incomplete(through: found.line.committedHeader.op, store: store)
        let (dropped, droppedCount) = try await self.dropped(after: line.head.header.op, store: store)
        return LossStatement(
            cluster: genesis.clusterName,
            datacenter: self.configuration.datacenter,
            oldLineage: membership.lineage,
            lineage: UInt64.random(in: 1...(.max)),
            commit: max(found.line.committedHeader.op, store.superblock.commit),
            kept: line.head.header.op,
            keptRoot: line.head.header.root,
            dropped: dropped,
            droppedCount: droppedCount,
            incomplete: incomplete,
            incompleteCount: count,
            lastWords: LastWords(configuration: self.configuration).read()
        )
    }

    /// Committed entries whose acknowledgement was never written here, for lack of their blobs.
    private func incomplete(through op: Op, store: BlobStore) async throws -> ([LossStatement.Item], Int) {
        var items: [LossStatement.Item] = []
        var count = 0
        try await UnacknowledgedEntries(store: store).forEachPage(through: op) { entries in
            for entry in entries {
                let missing = try await store.missing(of: entry)
                guard !missing.isEmpty else { continue }
                count += 1
                if items.count < LossStatement.itemsMax { items.append(Self.item(entry, missing: missing)) }
            }
        }
        return (items, count)
    }

    /// Entries that are here behind `op`, the last one that is kept.
    private func dropped(after op: Op, store: BlobStore) async throws -> ([LossStatement.Item], Int) {
        var items: [LossStatement.Item] = []
        var count = 0
        var after = op
        while after < store.log.head {
            let entries = try await store.entries(after: after, bytesMax: Self.pageBytesMax)
            for entry in entries where items.count < LossStatement.itemsMax {
                items.append(Self.item(entry, missing: try await store.missing(of: entry)))
            }
            count += entries.count
            // An op that is missing itself is passed over.
            after = entries.last?.header.op ?? after.next
        }
        return (items, count)
    }

    private static func item(_ entry: LogEntry, missing: [BlobAddress]) -> LossStatement.Item {
        let changes = try? EncodedChangeSet(entry.body)
        return LossStatement.Item(
            op: entry.header.op,
            entry: entry.header.hash(SHA256.self),
            author: entry.header.author,
            request: entry.header.request,
            timestampMicroseconds: entry.header.timestampMicroseconds,
            paths: changes?.prefix(LossStatement.pathsMax).map(\.path) ?? [],
            pathsCount: changes?.count ?? 0,
            missingBlobs: missing
        )
    }

    // MARK: Beginning

    private func begin(
        _ statement: LossStatement,
        _ next: Membership,
        _ found: NodeRecovery.Result,
        _ tail: [Tail],
        store: BlobStore
    ) async throws {
        let last = tail.last { $0.entry.header.op <= statement.kept }?.entry.header ?? found.line.committedHeader
        guard
            let view = found.recovered.view.next(ledBy: 0, isObserverElectable: false)
        else { throw NodeError(.internalError, "no view follows \(found.recovered.view)") }
        let body = Reconfiguration(.recover, next).encoded()
        let header = LogHeader(
            op: last.op.next,
            view: view,
            kind: .reconfigure,
            configurationEpoch: next.epoch,
            timestampMicroseconds: max(last.timestampMicroseconds + 1, WallClock.microseconds()),
            author: "tarn",
            request: try RequestID(client: "lineage", number: statement.lineage),
            parent: last.hash(SHA256.self),
            root: statement.keptRoot,
            body: SHA256.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: 0,
            closureBytesCount: 0
        )
        let hash = header.hash(SHA256.self)
        // What is here behind a gap must not be taken for what follows.
        let records: [BlobStore.LogRecord] = [
            .head(logView: found.recovered.logView, op: last.op, entry: last.hash(SHA256.self)),
            .entry(LogEntry(header: header, body: body)),
            .acknowledgement(op: header.op, entry: hash),
            .head(logView: view, op: header.op, entry: hash),
        ]
        try await store.append(records, stored: [])
        // Also of those whose contents are lost: nobody is left to wait for, and no backup and no floor would ever get
        // past the first of them.
        try await UnacknowledgedEntries(store: store).forEachPage(through: last.op) { entries in
            try await store.append(
                entries.map { .acknowledgement(op: $0.header.op, entry: $0.header.hash(SHA256.self)) },
                stored: []
            )
        }
        var superblock = store.superblock
        superblock.view = view
        superblock.logView = view
        superblock.commit = header.op
        superblock.configurationEpoch = next.epoch
        superblock.isTrusted = true
        try await store.update(givingUpBehind: superblock)
    }

    /// It may have applied ops that are given up, and would take the new ones of their numbers for applied.
    private func removeCatalog() throws {
        let folder = self.configuration.dataDirectory
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasPrefix("index.sqlite") {
            try FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }

    /// The statement comes first: nobody can say afterwards that it was not known.
    private func writeDown(_ statement: LossStatement) throws {
        let file = URL(fileURLWithPath: self.configuration.dataDirectory)
            .appendingPathComponent("loss-\(statement.lineage).json")
        let bytes = statement.json().bytes + [0x0a]
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
            throw NodeError(.internalError, "cannot write \(file.path)")
        }
        let handle = try FileHandle(forWritingTo: file)
        try handle.write(contentsOf: bytes)
        try handle.synchronize()
        try handle.close()
    }
}
