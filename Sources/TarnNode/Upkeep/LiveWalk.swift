internal import TarnBlobStore
internal import TarnConsensus
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnSegment

/// Visits every blob that a kept state names, an op that is not committed yet, or an entry that a deposed primary left.
///
/// Of the kept states below the floor, the first is walked whole and each later one where it differs; from the floor on
/// the change sets say what was added.
struct LiveWalk {
    private static let pageBytesMax = 8 << 20
    private static let blobsPerPart = 4_096

    let genesis: Genesis
    let store: BlobStore
    let state: CommittedState

    /// Gives the addresses to `visit`, some more than once: entries' blobs, not the chunks of their manifests.
    func visit(_ floor: GarbageFloor, _ visit: ([BlobAddress]) async throws -> Void) async throws {
        var line: NamespaceLine?
        var previous: MerkleTree<SHA256>?
        for op in floor.kept + [floor.floor] {
            let tree = try await self.tree(at: op, &line)
            if let previous {
                var part: [BlobAddress] = []
                var added: [[BlobAddress]] = []
                MerkleTree.forEachDifference(previous, tree) { difference in
                    if let blob = difference.new?.blob { part.append(blob) }
                    if part.count == Self.blobsPerPart {
                        added.append(part)
                        part = []
                    }
                    return true
                }
                for part in added + [part] { try await visit(part) }
            } else {
                try await self.visit(all: tree, visit)
            }
            previous = tree
        }
        try await self.visitLog(after: floor.floor, visit)
    }

    private func visit(all tree: MerkleTree<SHA256>, _ visit: ([BlobAddress]) async throws -> Void) async throws {
        var after: NamespacePath?
        while true {
            let page = tree.descendants(of: .root, after: after, limit: Self.blobsPerPart)
            guard let last = page.last else { return }
            try await visit(page.compactMap(\.1.blob))
            after = last.0
        }
    }

    /// Everything that the log holds behind `op`, committed or not, and what is beside the live log.
    private func visitLog(after op: Op, _ visit: ([BlobAddress]) async throws -> Void) async throws {
        var last = op
        let head = self.store.log.head
        while true {
            let entries = try await self.store.entries(after: last, bytesMax: Self.pageBytesMax)
            guard let newest = entries.last else { break }
            for entry in entries { try await visit(entry.blobs()) }
            last = newest.header.op
        }
        guard last >= head else {
            throw NodeError(.unavailable, "the log lacks op \(last.next): nobody knows what the ops above it name")
        }
        for entry in try await self.store.supersededEntries() { try await visit(entry.blobs()) }
    }

    /// The committed state at `op`; goes on from where `line` stands.
    private func tree(at op: Op, _ line: inout NamespaceLine?) async throws -> MerkleTree<SHA256> {
        if let recent = self.state.snapshot(at: op) { return recent.tree }
        var current: NamespaceLine
        if let line {
            current = line
        } else {
            current = try await NamespaceLine.load(upTo: op, genesis: self.genesis, store: self.store)
        }
        while current.committedHeader.op < op {
            let entries = try await self.store.entries(
                after: current.committedHeader.op,
                bytesMax: Self.pageBytesMax
            )
            guard !entries.isEmpty else {
                throw NodeError(.internalError, "the log does not hold op \(current.committedHeader.op.next)")
            }
            for entry in entries where entry.header.op <= op { _ = try current.commit(entry) }
        }
        line = current
        return current.committed.tree
    }
}
