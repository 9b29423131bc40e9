internal import TarnBlobStore
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle

extension Node {
    private static let pathsPerBlobMax = 16

    package func verify(progress: @Sendable (UInt64, UInt64) -> Void) async throws -> VerifyReport {
        let snapshot = self.state.newest
        var needed: [BlobAddress: [NamespacePath]] = [:]
        var entries: [(NamespacePath, Entry)] = []
        entries.reserveCapacity(snapshot.tree.count)
        var after: NamespacePath?
        while true {
            let page = snapshot.tree.descendants(of: .root, after: after, limit: Limits.listPageCountMax)
            guard let last = page.last else { break }
            entries += page
            after = last.0
        }
        let rebuilt = MerkleTree<SHA256>(boundaryKey: self.genesis.boundaryKey, sorted: entries)
        let unsound = try await self.store.verifyAll(progress: progress)
        var reasons = Dictionary(unsound.map { ($0.0, $0.1) }, uniquingKeysWith: { first, _ in first })
        for (path, entry) in entries {
            guard let blob = entry.blob else { continue }
            if reasons[blob] == nil {
                guard let missing = try await self.store.missing(of: entry).first else { continue }
                reasons[missing] = reasons[missing] ?? "missing"
                needed[missing, default: []].append(path)
            } else if needed[blob, default: []].count < Self.pathsPerBlobMax {
                needed[blob, default: []].append(path)
            }
        }
        let statistics = self.store.statistics()
        return VerifyReport(
            op: snapshot.op,
            recomputedRoot: rebuilt.root,
            expectedRoot: snapshot.root,
            blobCount: UInt64(statistics.blobCount),
            rawBytesCount: statistics.rawBytesCount,
            bad: reasons.sorted { $0.key < $1.key }.map {
                VerifyReport.BadBlob(address: $0.key, reason: $0.value, paths: needed[$0.key] ?? [])
            }
        )
    }
}
