/// A set of ordinals: one bit each, as many as the highest member needs.
struct Bitmap: Sendable {
    private var words: ContiguousArray<UInt64> = []

    /// Members.
    private(set) var count = 0

    func contains(_ member: UInt64) -> Bool {
        let word = Int(member >> 6)
        return word < self.words.count && self.words[word] >> (member & 63) & 1 == 1
    }

    /// Returns whether `member` was not in the set before.
    @discardableResult
    mutating func insert(_ member: UInt64) -> Bool {
        let word = Int(member >> 6)
        if word >= self.words.count {
            self.words.append(
                contentsOf: repeatElement(0, count: max(word + 1, self.words.count * 2) - self.words.count)
            )
        }
        let bit: UInt64 = 1 << (member & 63)
        guard self.words[word] & bit == 0 else { return false }
        self.words[word] |= bit
        self.count += 1
        return true
    }

    mutating func remove(_ member: UInt64) {
        guard self.contains(member) else { return }
        self.words[Int(member >> 6)] &= ~(1 << (member & 63))
        self.count -= 1
    }

    /// All members, ascending.
    var members: [UInt64] {
        var out: [UInt64] = []
        out.reserveCapacity(self.count)
        for (index, word) in self.words.enumerated() where word != 0 {
            var rest = word
            while rest != 0 {
                out.append(UInt64(index) << 6 | UInt64(rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        return out
    }
}
