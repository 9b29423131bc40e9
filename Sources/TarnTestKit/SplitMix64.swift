package import TarnCore

/// A seeded generator of random numbers (Steele, Lea and Flood, 2014): the same seed gives the same test everywhere.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    /// What the generator was made from; print it when a test fails.
    package let seed: UInt64
    private var state: UInt64

    /// A generator whose whole sequence follows from `seed`.
    package init(seed: UInt64) {
        self.seed = seed
        self.state = seed
    }

    /// The next 64 random bits.
    package mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = self.state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// A number from 0 to `bound` - 1; `bound` is positive.
    package mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "nothing is below \(bound)")
        return Int(self.next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number of `range`, both ends included.
    package mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + self.below(range.upperBound - range.lowerBound + 1)
    }

    /// True in `percent` of 100 cases.
    package mutating func chance(percent: Int) -> Bool {
        self.below(100) < percent
    }

    /// One of `choices`, which is not empty.
    package mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[self.below(choices.count)]
    }

    /// `count` random bytes.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            var word: UInt64 = 0
            for index in 0..<count {
                if index & 7 == 0 { word = self.next() }
                buffer.initializeElement(at: index, to: UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
            initialized = count
        }
    }

    /// A digest that is the hash of nothing in particular.
    package mutating func digest() -> Digest {
        Digest(words: self.next(), self.next(), self.next(), self.next())
    }

    /// A generator of its own for a part of the test, so that more draws in one part do not change the others.
    package mutating func fork() -> SplitMix64 {
        SplitMix64(seed: self.next())
    }

    /// The elements in another order (Fisher and Yates).
    package mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var out = elements
        var index = out.count - 1
        while index > 0 {
            out.swapAt(index, self.below(index + 1))
            index -= 1
        }
        return out
    }
}
