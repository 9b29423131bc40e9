/// A blob as it lies in a segment and travels between datacentres: encoded, not decoded on the way.
package struct StoredBlob: Hashable, Sendable {
    /// What the blob is for; decides the stream it is stored in, not its address.
    package enum Kind: UInt8, Sendable {
        case blob = 0
        /// A piece of a larger file.
        case chunk = 1
        case manifest = 2
        case dictionary = 3
    }

    /// How `bytes` become the raw bytes.
    package enum Codec: UInt8, Sendable {
        /// They are the raw bytes.
        case raw = 0
        /// One zstd frame.
        case zstd = 1
        /// One zstd frame with the dictionary `bases[0]`.
        case zstdDictionary = 2
        /// One zstd frame whose prefix is the raw content of `bases`, one behind the other.
        case zstdDelta = 3
    }

    package let address: BlobAddress
    package let kind: Kind
    package let codec: Codec
    /// Bytes after decoding; decoding stops with an error when there are more.
    package let rawBytesCount: Int
    /// Up to three blobs whose raw content the codec needs.
    package let bases: [BlobAddress]
    package let bytes: [UInt8]

    package init(
        address: BlobAddress,
        kind: Kind,
        codec: Codec,
        rawBytesCount: Int,
        bases: [BlobAddress] = [],
        bytes: [UInt8]
    ) {
        self.address = address
        self.kind = kind
        self.codec = codec
        self.rawBytesCount = rawBytesCount
        self.bases = bases
        self.bytes = bytes
    }
}
