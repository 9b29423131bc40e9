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

    package init() {}

    /// Blobs marked so far.
    package var blobCount: Int { self.blobs.count }
}
