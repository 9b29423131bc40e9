/// A blob's raw bytes and what it takes to get them.
struct DecodedBlob: Sendable {
    let bytes: [UInt8]
    /// Raw bytes that decoding it touches, its bases' included.
    let decodeBytesCount: Int
    /// Blobs that are decoded one after the other for it: 1 for one that stands alone.
    let depth: Int

    /// A blob that stands alone.
    init(plain bytes: [UInt8]) {
        self.init(bytes: bytes, bases: [])
    }

    /// A difference to `bases`.
    init(bytes: [UInt8], bases: [DecodedBlob]) {
        self.bytes = bytes
        self.decodeBytesCount = bases.reduce(bytes.count) { $0 + $1.decodeBytesCount }
        self.depth = 1 + (bases.map(\.depth).max() ?? 0)
    }
}
