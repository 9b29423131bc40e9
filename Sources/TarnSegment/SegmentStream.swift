/// Which of the three logs of records a segment belongs to.
package enum SegmentStream: UInt8, Hashable, Sendable, CaseIterable {
    /// Blobs up to 4 MiB, manifests, dictionaries and the log: whatever an acknowledgement waits for.
    case small = 0
    /// Chunks of larger files, made durable before the manifest that names them.
    case bulk = 1
    /// Tree nodes and checkpoints, off the acknowledgement path.
    case meta = 2

    /// The name of its folder.
    package var name: String {
        switch self {
        case .small: "small"
        case .bulk: "bulk"
        case .meta: "meta"
        }
    }
}
