internal import TarnBlobStore
internal import TarnCore

/// What entries say of their contents, before an op vouches for it.
extension Node {
    /// Checks it as far as that can be told without reading the contents: receipts are signed for it, and whoever reads
    /// the file relies on it. `queued` has the sizes of blobs that are still being written.
    func check(contentsOf files: [Entry], queued: [BlobAddress: Int]) async throws {
        for file in files {
            if let manifest = file.manifest {
                try await self.check(file, manifest: manifest)
                continue
            }
            let bytesCount = queued[file.content] ?? self.store.rawBytesCount(of: file.content) ?? 0
            guard UInt64(bytesCount) == file.size else {
                throw NodeError(.invalidRequest, "blob \(file.content) has \(bytesCount) bytes, not \(file.size)")
            }
        }
    }

    private func check(_ file: Entry, manifest address: BlobAddress) async throws {
        let manifest: Manifest
        do {
            manifest = try await self.store.manifest(address)
        } catch let error as StoreError where error.code == .invalid {
            throw NodeError(.invalidRequest, error.message)
        }
        guard manifest.content == file.content, manifest.size == file.size else {
            throw NodeError(
                .invalidRequest,
                "manifest \(address) is that of content \(manifest.content), \(manifest.size) bytes, "
                    + "not of \(file.content), \(file.size) bytes"
            )
        }
        for (index, chunk) in manifest.chunks.enumerated() {
            let held = self.store.rawBytesCount(of: chunk) ?? 0
            guard held == manifest.chunkBytesCount(at: index) else {
                throw NodeError(
                    .invalidRequest,
                    "chunk \(index) of manifest \(address), blob \(chunk), has \(held) bytes, "
                        + "not \(manifest.chunkBytesCount(at: index))"
                )
            }
        }
    }
}
