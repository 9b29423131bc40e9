package import TarnCore

/// That a state is not older than some moment: everything that was acknowledged anywhere before ``nanoseconds`` is in
/// the state of ``op`` and in all later ones.
package struct StateProof: Hashable, Sendable {
    package let op: Op
    /// By the monotonic clock of the node that has the proof, the only one that it trusts.
    package let nanoseconds: UInt64

    package init(op: Op, nanoseconds: UInt64) {
        self.op = op
        self.nanoseconds = nanoseconds
    }

    /// How old a state that is covered by this proof can be at most, in milliseconds, rounded up.
    package func ageMilliseconds(now: UInt64) -> UInt64 {
        now > self.nanoseconds ? (now - self.nanoseconds + 999_999) / 1_000_000 : 0
    }
}
