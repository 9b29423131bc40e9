package import TarnCore

/// What became of blobs that were put.
package struct PutResult: Hashable, Sendable {
    /// One for each blob, in order.
    package let addresses: [BlobAddress]
    /// Blobs that were not there before.
    package let newCount: Int
    /// Bytes that their records take.
    package let newStoredBytesCount: Int
}
