internal import TarnCore

/// What must be kept, gathered by whoever knows the roots (``BlobStore/mark(closureOf:in:)``) and then handed to
/// ``BlobStore/collect(_:rules:isDryRun:pace:progress:)``: one bit a blob.
package struct LiveSet: Sendable {
    /// Ordinals of blobs.
    var blobs = Bitmap()
    /// Numbers of tree nodes in the table of nodes.
    var nodes = Bitmap()
    /// Checkpoints that are kept; nil to keep all, and all nodes with them.
    var checkpoints: Set<Op>?
    /// Set when the manifest of a live file cannot be read: nobody knows which chunks it names, so all stay.
    var hasUnknownChunks = false
    /// When the first mark was made, by the store's clock; nil where nobody stores anything meanwhile.
    let markedSince: UInt32?

    /// For marks that nobody can make outdated. Beside writers, ask ``BlobStore/beginMarks()``.
    package init() { self.init(markedSince: nil) }

    init(markedSince: UInt32?) {
        self.markedSince = markedSince
    }

    /// Blobs marked so far.
    package var blobCount: Int { self.blobs.count }
}
