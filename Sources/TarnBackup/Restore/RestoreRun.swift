internal import Foundation
package import Logging
package import TarnBlobStore
package import TarnClient
package import TarnCore
internal import TarnCrypto
internal import TarnMerkle
package import TarnNode
internal import TarnStorage

/// Makes a new cluster from a backup: with its whole history up to some op, under a genesis, members, keys and an admin
/// token of its own.
package struct RestoreRun: Sendable {
    /// What is wanted.
    package struct Wish: Sendable {
        /// Where the cluster's folders are made.
        package var directory: String
        package var datacenters: [ClusterLayout.Datacenter]
        package var moment: RestoreMoment = .newest
        /// The genesis of the cluster that the backup must be of; without one, the backup is believed.
        package var expected: Genesis?
        /// A membership that the cluster had, from a source that is trusted.
        package var membership: Membership?
        /// The key that the segments were encrypted with.
        package var storageKey: StorageKey?
        /// The old cluster's key for values of secrets, as its file has it; without one they cannot be opened any more.
        package var secretsKey: String?

        package init(directory: String, datacenters: [ClusterLayout.Datacenter]) {
            self.directory = directory
            self.datacenters = datacenters
        }
    }

    package struct Summary: Sendable {
        package let layout: ClusterLayout.Summary
        package let backup: BackupRoot
        package let op: Op
        package let root: Digest
        /// Files whose contents cannot be read in the backup: they stand in the cluster without them.
        package let problems: ProblemList
    }

    private let store: any ObjectStore
    private let logger: Logger
    private let progress: @Sendable (UInt64, UInt64) -> Void

    /// `progress` is told bytes fetched and to be fetched.
    package init(
        store: any ObjectStore,
        logger: Logger,
        progress: @escaping @Sendable (UInt64, UInt64) -> Void = { _, _ in }
    ) {
        self.store = store
        self.logger = logger
        self.progress = progress
    }

    /// All backups, oldest first. Throws ``ClientError`` with code `rejected` where there is none: mostly, the place is
    /// not the one that was meant.
    package func backups() async throws -> [BackupRoot] {
        let shelf = BackupShelf(store: self.store)
        _ = try await self.cluster(of: shelf)
        var out: [BackupRoot] = []
        for op in try await self.ops(of: shelf) { out.append(try await shelf.root(op)) }
        return out
    }

    /// Whose backups these are.
    private func cluster(of shelf: BackupShelf) async throws -> String {
        guard let cluster = try await shelf.cluster() else {
            throw ClientError(
                .rejected,
                "\(self.store.description) holds no backups: object \(BackupNames.marker) is missing"
            )
        }
        return cluster
    }

    /// The ops that there are backups of, oldest first and never none.
    private func ops(of shelf: BackupShelf) async throws -> [Op] {
        let ops = try await shelf.roots()
        guard !ops.isEmpty else { throw ClientError(.rejected, "\(self.store.description) holds no backup") }
        return ops
    }

    /// `now` is in microseconds since 1970. Throws ``ClientError``; then no cluster was made.
    package func run(_ wish: Wish, now: UInt64) async throws -> Summary {
        let target = URL(fileURLWithPath: wish.directory).standardizedFileURL
        let manager = FileManager.default
        guard try !manager.fileExists(atPath: target.path) || manager.contentsOfDirectory(atPath: target.path).isEmpty
        else { throw ClientError(.usage, "\(target.path) is not empty; a restore makes a new folder") }
        let (backup, name) = try await self.choose(wish.moment)
        let genesis = try backup.verified(name: name, expected: wish.expected, known: wish.membership)
        try manager.createDirectory(at: target, withIntermediateDirectories: true)
        do {
            return try await self.run(wish, backup, genesis, name: name, at: target, now: now)
        } catch {
            // Half a cluster is worse than none.
            try? manager.removeItem(at: target)
            throw error
        }
    }

    /// The oldest backup that holds the moment: later ones may have let it go.
    private func choose(_ moment: RestoreMoment) async throws -> (BackupRoot, name: String) {
        let shelf = BackupShelf(store: self.store)
        let cluster = try await self.cluster(of: shelf)
        let ops = try await self.ops(of: shelf)
        var chosen = try await shelf.root(ops[ops.count - 1])
        switch moment {
        case .op(let op):
            if let first = ops.first(where: { $0 >= op }) { chosen = try await shelf.root(first) }
        case .time(let time):
            for op in ops {
                let root = try await shelf.root(op)
                guard root.time >= time else { continue }
                chosen = root
                break
            }
        case .newest, .root: break
        }
        let name = BackupNames.root(chosen.op)
        guard chosen.cluster == cluster else {
            throw ClientError(.failed, "object \(name) is of cluster \(chosen.cluster); the others are of \(cluster)")
        }
        return (chosen, name)
    }

    private func run(
        _ wish: Wish,
        _ backup: BackupRoot,
        _ genesis: Genesis,
        name: String,
        at target: URL,
        now: UInt64
    ) async throws -> Summary {
        let folder = target.appendingPathComponent("backup").path
        try await self.fetch(backup, into: folder)
        let source = try await self.open(folder, backup, genesis, key: wish.storageKey)
        let summary: Summary = try await self.closing(source) {
            let history = try await BackupHistory(source: source, root: backup, genesis: genesis, name: name)
            let op = try history.op(at: wish.moment)
            let namespace = try await history.namespace(at: op)
            let layout = try ClusterLayout.create(
                directory: target.path,
                datacenters: wish.datacenters,
                createdAtMicroseconds: now,
                continuing: genesis,
                secretsKey: wish.secretsKey
            )
            var problems = ProblemList()
            for datacenter in wish.datacenters {
                // The same for each.
                problems = try await self.fill(datacenter.name, history, op, namespace, target)
            }
            return Summary(
                layout: layout,
                backup: backup,
                op: op,
                root: namespace.tree.root,
                problems: problems
            )
        }
        try FileManager.default.removeItem(atPath: folder)
        return summary
    }

    /// What `body` returns, once `store` is closed; it is closed when `body` throws, too.
    private func closing<Value>(_ store: BlobStore, _ body: () async throws -> Value) async throws -> Value {
        let value: Value
        do {
            value = try await body()
        } catch {
            try? await store.close()
            throw error
        }
        try await store.close()
        return value
    }

    private func fetch(_ backup: BackupRoot, into folder: String) async throws {
        let tally = TransferTally(total: backup.bytesCount, progress: self.progress)
        try await SegmentDownload(store: self.store, root: backup, directory: folder, tally: tally).run()
    }

    private func open(
        _ folder: String,
        _ backup: BackupRoot,
        _ genesis: Genesis,
        key: StorageKey?
    ) async throws -> BlobStore {
        var configuration = BlobStore.Configuration(clusterID: genesis.clusterID, datacenter: backup.datacenter)
        configuration.rebuildsSimilarity = false
        do {
            return try await BlobStore.open(
                directory: folder,
                configuration: configuration,
                storage: SealedStorage(PosixStorage(), key: key),
                logger: self.logger
            )
        } catch let error as StorageError where error.code == .permissionDenied {
            throw ClientError(.usage, "the segments of the backup are encrypted: give the right --encryption-key-file")
        } catch let error as StoreError {
            throw ClientError(.failed, "the segments of the backup cannot be opened: \(error.message)")
        }
    }

    /// Fills one datacentre's data folder; returns what of the state at `op` is not whole in it.
    private func fill(
        _ datacenter: DatacenterID,
        _ history: BackupHistory,
        _ op: Op,
        _ namespace: Namespace<SHA256>,
        _ target: URL
    ) async throws -> ProblemList {
        let folder = target.appendingPathComponent(datacenter.name)
        guard let bytes = FileManager.default.contents(atPath: folder.appendingPathComponent("genesis.bin").path) else {
            throw ClientError(.failed, "cannot read the new genesis in \(folder.path)")
        }
        let genesis = try Genesis(decoding: Array(bytes))
        let data = folder.appendingPathComponent("data")
        try FileManager.default.createDirectory(
            at: data,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        var configuration = BlobStore.Configuration(clusterID: genesis.clusterID, datacenter: datacenter)
        configuration.rebuildsSimilarity = false
        let store = try await BlobStore.open(
            directory: data.path,
            configuration: configuration,
            storage: PosixStorage(),
            logger: self.logger
        )
        return try await self.closing(store) {
            let filler = StoreFiller(history: history, target: store, genesis: try GenesisEntry.make(genesis))
            let absent = try await filler.run(upTo: op)
            return absent.isEmpty ? ProblemList() : try await self.problems(namespace, store)
        }
    }

    /// The files that are not whole in `store`: one blob must not keep all others from being restored.
    private func problems(_ namespace: Namespace<SHA256>, _ store: BlobStore) async throws -> ProblemList {
        var problems = ProblemList()
        var after: NamespacePath?
        while true {
            let page = namespace.tree.descendants(of: .root, after: after, limit: Limits.listPageCountMax)
            guard let last = page.last else { return problems }
            for (path, entry) in page {
                guard let missing = try await store.missing(of: entry).first else { continue }
                problems.append(path.string, "blob \(missing.hex) cannot be read in the backup")
            }
            after = last.0
        }
    }
}
