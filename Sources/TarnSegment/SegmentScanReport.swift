package import TarnCore

/// What a scan found besides the records: where the segment ends, and what of it is lost.
package struct SegmentScanReport: Hashable, Sendable {
    /// What stands behind the last COMMIT.
    package enum Tail: Hashable, Sendable {
        /// Nothing but zeros behind the last COMMIT, or nothing at all.
        case clean
        /// A batch that never got its COMMIT, or no fdatasync: it was not acknowledged and is cut off.
        case torn
        /// No batch, behind one that declared all before it durable: what is left of a footer.
        case declared
    }

    /// A range whose records were acknowledged once and cannot be read any more.
    package struct Damage: Hashable, Sendable {
        /// Bytes of the segment.
        package let range: Range<Int>
        package let reason: String
        /// The blob that was there, as far as its record still says so.
        package let address: BlobAddress?
        /// Its ordinal, so that a fresh copy takes its place for whatever is a difference to it.
        package let ordinal: UInt64?
        /// What the footer would say of the record, when one flipped bit is all that is wrong with it.
        package let row: IndexRow?

        package init(
            range: Range<Int>,
            reason: String,
            address: BlobAddress? = nil,
            ordinal: UInt64? = nil,
            row: IndexRow? = nil
        ) {
            self.range = range
            self.reason = reason
            self.address = address
            self.ordinal = ordinal
            self.row = row
        }
    }

    /// Where the last COMMIT ends, padding included: the next batch begins here.
    package var end: Int
    package var tail = Tail.clean
    /// Whether the last batch is an empty one, which says that all before it is durable.
    package var isDeclared = false
    /// At most ``Limits/damagesPerSegmentMax`` of them.
    package var damages: [Damage] = []
    package var damageCount = 0
    package var lastSequence: UInt64 = 0
    /// One above the highest ordinal that a batch of this segment gave away.
    package var nextOrdinal: UInt64 = 0
    package var recordCount = 0

    package init(end: Int) {
        self.end = end
    }

    /// Adds a damage that only the caller can tell.
    package mutating func noteDamage(_ range: Range<Int>, _ reason: String) {
        self.add(Damage(range: range, reason: reason))
    }

    mutating func add(_ damage: Damage) {
        self.damageCount += 1
        if self.damages.count < Limits.damagesPerSegmentMax { self.damages.append(damage) }
    }
}
