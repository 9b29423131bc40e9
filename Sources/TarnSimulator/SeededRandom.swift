package import TarnCore

/// Random numbers that all follow from a seed (SplitMix64: Steele, Lea and Flood, 2014).
///
/// Every part of a simulation draws from a generator of its own, so that one more draw in one part does not change what
/// happens in the others.
package struct SeededRandom: Hashable, Sendable {
    private var state: UInt64

    /// A generator whose whole sequence follows from `seed`.
    package init(seed: UInt64) {
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
    package mutating func chance(percent: Int) -> Bool { self.below(100) < percent }

    /// True in `permyriad` of 10,000 cases.
    package mutating func chance(permyriad: Int) -> Bool { permyriad > 0 && self.below(10_000) < permyriad }

    /// One of `choices`, which is not empty.
    package mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[self.below(choices.count)] }

    /// A digest that is the hash of nothing in particular.
    package mutating func digest() -> Digest { Digest(words: self.next(), self.next(), self.next(), self.next()) }

    /// A generator of its own for a part of the simulation.
    package mutating func fork() -> SeededRandom { SeededRandom(seed: self.next()) }
}
