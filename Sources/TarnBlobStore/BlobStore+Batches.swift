package import TarnCore

extension BlobStore {
    /// The raw bytes of many blobs in order, each proved against its address; nil for one that is not here or damaged.
    /// The caller bounds their bytes.
    package func read(_ addresses: [BlobAddress]) async throws -> [[UInt8]?] {
        let cache = self.cache
        return try await self.withDecoder(.urgent) { decoder in
            try addresses.map { address in
                if let bytes = cache[address], Checksums.digest(bytes) == address { return bytes }
                do {
                    return try decoder.read(address)
                } catch let error as StoreError {
                    guard error.code == .notFound || error.code == .corrupt else { throw error }
                    return nil
                }
            }
        }
    }
}
