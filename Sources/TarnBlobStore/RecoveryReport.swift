package import TarnCore
package import TarnSegment

/// What opening a data folder found: enough to say what was lost, and nothing when nothing was.
package struct RecoveryReport: Hashable, Sendable {
    package enum SuperblockState: Hashable, Sendable {
        /// The folder was empty.
        case created
        case intact
        /// One copy was damaged; the other holds the same.
        case repaired
        /// Nothing of it is left although there are segments: what this datacentre promised is unknown.
        case lost
    }

    /// What was found in one segment that had to be scanned.
    package struct Segment: Hashable, Sendable {
        package let number: UInt32
        package let stream: SegmentStream
        /// Bytes behind the last COMMIT that were never acknowledged and are cut off.
        package let tornBytesCount: Int
        package let damages: [SegmentScanReport.Damage]
        /// May be more than are listed.
        package let damageCount: Int
        /// Why the segment had to be scanned although it had been sealed, or what is wrong with its header.
        package let remark: String?
    }

    package internal(set) var superblock = SuperblockState.intact
    /// Segments in which something was torn or damaged.
    package internal(set) var segments: [Segment] = []
    package internal(set) var segmentCount = 0
    /// Segments whose batches were read because they had no usable footer.
    package internal(set) var scannedCount = 0

    /// Whether something that was acknowledged may be lost.
    package var hasLosses: Bool {
        self.superblock == .lost || self.segments.contains { $0.damageCount > 0 }
    }

    /// The addresses of lost blobs, as far as their records still named them.
    package var lostBlobs: [BlobAddress] {
        self.segments.flatMap { $0.damages.compactMap(\.address) }
    }
}
