internal import TarnBlobStore
internal import TarnCore

extension LogEntry {
    /// The blobs that the entry names: files' contents and manifests, not the chunks of those. Throws when its body is
    /// damaged.
    func blobs() throws(CoreError) -> [BlobAddress] {
        guard self.header.kind == .changeSet else { return [] }
        return try EncodedChangeSet(self.body).blobs()
    }

    /// Those of ``blobs()`` that are manifests of large files. Throws when its body is damaged.
    func manifests() throws(CoreError) -> [BlobAddress] {
        guard self.header.kind == .changeSet else { return [] }
        return try EncodedChangeSet(self.body).manifests()
    }
}

extension BlobStore {
    /// What is not present of what the entry names. Throws when its body is damaged.
    func missing(of entry: LogEntry) async throws -> [BlobAddress] {
        try await self.missing(closureOf: entry.blobs(), manifests: entry.manifests())
    }
}
