internal import TarnCore

/// A cache from 32-bit fingerprints to numbers: buckets of eight, the newest first, the oldest falls out. Grows with
/// what is in it up to ``Limits/similarityBucketBitsMax``.
struct SimilarityTable {
    private static let ways = 8
    private static let bucketBitsMin = 8

    /// Fingerprint in the upper half, number in the lower one; 0 is free.
    private var entries: ContiguousArray<UInt64>
    private var bucketBits: Int
    private var used = 0

    init() {
        self.bucketBits = Self.bucketBitsMin
        self.entries = ContiguousArray(repeating: 0, count: Self.ways << Self.bucketBitsMin)
    }

    /// Gives `body` every number under `fingerprint`.
    func forEach(_ fingerprint: UInt32, _ body: (UInt32) -> Void) {
        let start = self.start(of: fingerprint)
        for position in start..<start + Self.ways where UInt32(self.entries[position] >> 32) == fingerprint {
            let number = UInt32(truncatingIfNeeded: self.entries[position])
            if number != 0 { body(number) }
        }
    }

    /// Puts `number`, not 0, under `fingerprint`.
    mutating func insert(_ fingerprint: UInt32, _ number: UInt32) {
        if self.used * 2 > self.entries.count, self.bucketBits < Limits.similarityBucketBitsMax { self.grow() }
        let start = self.start(of: fingerprint)
        if self.entries[start + Self.ways - 1] == 0 { self.used += 1 }
        var moved = UInt64(fingerprint) << 32 | UInt64(number)
        for position in start..<start + Self.ways {
            swap(&moved, &self.entries[position])
            if moved == 0 { break }
        }
    }

    private func start(of fingerprint: UInt32) -> Int {
        Int(fingerprint >> UInt32(32 - self.bucketBits)) * Self.ways
    }

    /// Twice the buckets: each is split by the next bit, in order.
    private mutating func grow() {
        let old = self.entries
        self.bucketBits += 1
        self.entries = ContiguousArray(repeating: 0, count: old.count * 2)
        for bucket in stride(from: 0, to: old.count, by: Self.ways) {
            var ends = (bucket * 2, bucket * 2 + Self.ways)
            for position in bucket..<bucket + Self.ways where old[position] != 0 {
                if self.start(of: UInt32(old[position] >> 32)) == bucket * 2 {
                    self.entries[ends.0] = old[position]
                    ends.0 += 1
                } else {
                    self.entries[ends.1] = old[position]
                    ends.1 += 1
                }
            }
        }
    }
}
