/// Counts which candidates share which of up to 64 fingerprints. Made once for each thread and reused.
struct SimilarityVotes {
    /// More than eight votes for each of 64 fingerprints can name.
    private static let slotCount = 2_048

    private var keys = [UInt32](repeating: 0, count: slotCount)
    private var masks = [UInt64](repeating: 0, count: slotCount)
    private var used: [Int] = []

    mutating func clear() {
        for slot in self.used { self.keys[slot] = 0 }
        self.used.removeAll(keepingCapacity: true)
    }

    /// Notes that `candidate`, not 0, has the fingerprint at `position`.
    mutating func add(_ candidate: UInt32, position: Int) {
        var slot = Int(truncatingIfNeeded: candidate &* 0x9e37_79b1) & (Self.slotCount - 1)
        while self.keys[slot] != 0, self.keys[slot] != candidate { slot = (slot + 1) & (Self.slotCount - 1) }
        if self.keys[slot] == 0 {
            guard self.used.count < Self.slotCount / 2 else { return }
            self.keys[slot] = candidate
            self.masks[slot] = 0
            self.used.append(slot)
        }
        self.masks[slot] |= 1 << UInt64(position)
    }

    /// The candidate that `isFit` with most fingerprints outside `covered`, the newest among equals, or nil when none
    /// has `atLeast` of them.
    func best(
        outside covered: UInt64,
        atLeast: Int,
        where isFit: (UInt32) -> Bool
    ) -> (candidate: UInt32, mask: UInt64)? {
        var found: (candidate: UInt32, mask: UInt64)?
        var most = atLeast
        for slot in self.used {
            let count = (self.masks[slot] & ~covered).nonzeroBitCount
            guard count >= most else { continue }
            if let found, count == most, found.candidate > self.keys[slot] { continue }
            guard isFit(self.keys[slot]) else { continue }
            most = count
            found = (self.keys[slot], self.masks[slot])
        }
        return found
    }
}
