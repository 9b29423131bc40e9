internal import TarnClient
internal import TarnCore

/// The backups of one place.
struct BackupShelf: Sendable {
    private static let markerBytesMax = 4_096
    let store: any ObjectStore

    /// Ops of the backups, ascending.
    func roots() async throws -> [Op] {
        try await self.store.list(BackupNames.roots).compactMap { BackupNames.op(ofRoot: $0.name) }.sorted()
    }

    /// Throws ``ClientError`` naming the object when it is damaged.
    func root(_ op: Op) async throws -> BackupRoot {
        let name = BackupNames.root(op)
        guard let bytes = try await self.store.read(name, bytesMax: BackupRoot.bytesMax) else {
            throw ClientError(.failed, "object \(name) is missing")
        }
        let root = try BackupRoot(decoding: bytes, name: name)
        guard root.op == op else { throw ClientError(.failed, "object \(name) is damaged: it is of op \(root.op)") }
        return root
    }

    /// The cluster whose backups these are, or nil where there are none. Throws ``ClientError`` for what Tarn did not
    /// write.
    func cluster() async throws -> String? {
        guard let bytes = try await self.store.read(BackupNames.marker, bytesMax: Self.markerBytesMax) else {
            return nil
        }
        let value = try? JSONValue(parsing: bytes)
        guard let cluster = value?["cluster"]?.string, value?["format"]?.string == BackupNames.format else {
            throw ClientError(
                .failed,
                "object \(BackupNames.marker) is damaged, or not of the format '\(BackupNames.format)'"
            )
        }
        return cluster
    }

    /// Makes this the place of one cluster's backups. Throws ``ClientError`` when it is another's.
    func claim(for cluster: String) async throws {
        if let owner = try await self.cluster() {
            guard owner == cluster else {
                throw ClientError(
                    .rejected,
                    "\(self.store.description) holds backups of cluster \(owner) (\(BackupNames.marker)), not of \(cluster)"
                )
            }
            return
        }
        guard try await self.roots().isEmpty else {
            throw ClientError(
                .failed,
                "object \(BackupNames.marker) is missing, and there are backups: whose are they?"
            )
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("format")
        writer.string(BackupNames.format)
        writer.key("cluster")
        writer.string(cluster)
        writer.endObject()
        try await self.store.write(BackupNames.marker, writer.bytes)
    }

    /// Removes all but the newest `keep` backups and what only they needed; returns how many objects that were.
    func prune(keep: Int) async throws -> Int {
        let all = try await self.roots()
        var kept: [BackupRoot] = []
        for op in all.suffix(keep) { kept.append(try await self.root(op)) }
        // Roots first: one that is there must be whole.
        let old = all.dropLast(keep).map { BackupNames.root($0) }
        guard !old.isEmpty else { return 0 }
        let unused = BackupPlan.unused(try await self.store.list(BackupNames.segments), kept: kept)
        for name in old + unused { try await self.store.remove(name) }
        return old.count + unused.count
    }
}
