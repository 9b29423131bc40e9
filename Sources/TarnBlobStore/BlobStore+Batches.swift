package import TarnCore

extension BlobStore {
    /// The raw bytes of many blobs in order, each proved against its address; nil for one that is not here or damaged.
    /// The caller bounds their bytes.
    package func read(_ addresses: [BlobAddress]) async throws -> [[UInt8]?] {
        try await self.withDecoder(.urgent) { decoder in
            try addresses.map { address in
                guard let (_, slot) = self.index.slot(of: address) else { return nil }
                if let bytes = self.cached(address, slot) { return bytes }
                do {
                    return try decoder.read(address).bytes
                } catch let error as StoreError {
                    guard error.code == .notFound || error.code == .corrupt else { throw error }
                    return nil
                }
            }
        }
    }
}
