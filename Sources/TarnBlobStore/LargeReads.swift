internal import TarnCore

/// Which large records were read lately: tells what is read once from what is read again.
///
/// A datacentre that catches up, a backup and an export read gigabytes once each. By way of the page cache that costs
/// several times the processor time, and pushes out what others read; what is read a second time soon belongs there. A
/// fixed number of places, each for whatever fell there last: the ghost list of ARC (Megiddo and Modha, FAST 2003)
/// without its order.
struct LargeReads: Sendable {
    /// Keys of records; 0 for none, which is no record's place because a header precedes it.
    private var places: [UInt64] = []

    /// Remembers that the record at `offset` of `segment` is read; returns whether it was remembered already.
    mutating func note(_ segment: UInt32, at offset: Int) -> Bool {
        if self.places.isEmpty { self.places = Array(repeating: 0, count: 1 << Limits.largeReadsBits) }
        let key = UInt64(segment) << 32 | UInt64(UInt32(truncatingIfNeeded: offset))
        let place = Int((key &* 0x9e37_79b9_7f4a_7c15) >> (64 - UInt64(Limits.largeReadsBits)))
        defer { self.places[place] = key }
        return self.places[place] == key
    }
}
