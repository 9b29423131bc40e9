internal import TarnBlobStore
internal import TarnCatalog
internal import TarnCore

/// Verified content for the catalog.
struct StoreContentSource: CatalogContentSource {
    let store: BlobStore

    func content(of entry: Entry, bytesMax: Int) async throws -> [UInt8] {
        guard entry.size <= UInt64(bytesMax) else {
            throw NodeError(.tooLarge, "content of \(entry.size) bytes; at most \(bytesMax) are read here")
        }
        guard let address = entry.manifest else { return try await self.store.read(entry.content) }
        var out: [UInt8] = []
        for chunk in try await self.store.manifest(address).chunks { out += try await self.store.read(chunk) }
        return out
    }
}
