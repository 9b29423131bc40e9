internal import TarnCore

extension LogEntry {
    /// The blobs that the entry names.
    var blobs: [BlobAddress] {
        guard self.header.kind == .changeSet else { return [] }
        return (try? ChangeSet(decoding: self.body).blobs) ?? []
    }
}
