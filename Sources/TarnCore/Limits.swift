/// Every bound on something that can grow, in one place. Sizes are bytes, counts are items, unless the name says
/// otherwise.
package enum Limits {
    // Namespace (ARCHITECTURE.md, "Data model").
    package static let pathBytesMax = 4_096
    package static let attributesBytesMax = 1_024
    package static let attributeCountMax = 32
    package static let datacenterNameBytesMax = 32

    // Membership.
    /// `host:port` or URL of a member.
    package static let addressBytesMax = 256
    /// Names that had a seat and lost it.
    package static let retiredDatacentersMax = 64

    // Log.
    package static let changesPerSetMax = 16_384
    package static let logBodyBytesMax = 4 << 20
    package static let logHeaderBytesMax = 256
    package static let authorBytesMax = 48
    /// The network address that a change set came from.
    package static let sourceBytesMax = 64
    package static let clientNameBytesMax = 32
    /// Entries that one delete or move of a subtree may expand to.
    package static let subtreeEntriesMax = 1_000_000
    /// New bytes that may travel inside a Prepare; a larger set is staged on a backup before it is ordered.
    package static let inlineBytesMax = 1 << 20
    package static let clientTableCountMax = 65_536

    // Blobs.
    /// A blob is at most this large; a larger file is a manifest of chunks of exactly this size (the last one may be
    /// shorter).
    package static let blobBytesMax = 4 << 20
    package static let chunkBytes = 4 << 20
    /// The largest file a manifest may describe: 5 TB, the largest object that common object stores accept.
    package static let fileBytesMax: UInt64 = 5 << 40

    // Import.
    package static let importChangesPerSetMax = 2_000
    package static let importBytesPerSetMax = 32 << 20
    package static let importSetsInFlightMax = 8
    package static let stageBatchBytesMax = 4 << 20

    // JSON and notebooks.
    /// Members of one object or elements of one array that are taken apart.
    package static let jsonElementsMax = 1 << 20
    /// The largest notebook that is converted, in any format; the workspace API's own limit is lower.
    package static let notebookBytesMax = 64 << 20
    package static let notebookCellsMax = 50_000
    /// Notebooks of one archive, and the bytes that they may inflate to.
    package static let archiveEntriesMax = 10_000
    package static let archiveInflatedBytesMax = 256 << 20

    // HTTP API.
    package static let requestBodyBytesMax = 16 << 20
    package static let listPageCountMax = 10_000
    package static let listPageCountDefault = 1_000
    package static let wantAddressesMax = 65_536
}
