internal import TarnCore

/// Packs entries and hashes them, in buffers that it keeps.
struct EntryPacker<H: SHA256Function> {
    /// The packed form of the last entry (``PackedEntry``).
    private(set) var packed: [UInt8] = []
    private var writer = CanonicalWriter(reservingCapacity: 512)

    /// Packs `entry` and returns the hash of it at `path`.
    mutating func pack(_ entry: Entry, at path: [UInt8]) -> Digest {
        self.writer.removeAll()
        let start = NodeHash.writeMessage(path: path, entry: entry, into: &self.writer)
        let hash = H.digest(self.writer.bytes)
        self.packed.removeAll(keepingCapacity: true)
        self.writer.bytes.withUnsafeBytes { message in
            PackedEntry.append(packing: UnsafeRawBufferPointer(rebasing: message[start...]), to: &self.packed)
        }
        return hash
    }
}
