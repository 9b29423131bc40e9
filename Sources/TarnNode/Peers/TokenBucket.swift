/// Bytes that may pass in a time: what a thirty-second part of a second earns at once, and then so many a second.
///
/// A pure value: told the time, it says how long to wait. What is taken is paid for afterwards, so one piece may be
/// larger than the bucket. It is small because whatever passes at once is in the way of commits all at once.
struct TokenBucket: Hashable, Sendable {
    private static let burstSeconds = 1.0 / 32

    private let bytesPerSecond: Double
    private var level: Double
    private var updatedAt: UInt64

    /// Full at `now` (nanoseconds).
    init(bytesPerSecond: Double, now: UInt64) {
        precondition(bytesPerSecond > 0, "a bucket that never fills")
        self.bytesPerSecond = bytesPerSecond
        self.level = bytesPerSecond * Self.burstSeconds
        self.updatedAt = now
    }

    /// Takes out `bytesCount`; nanoseconds to wait before the next piece.
    mutating func take(_ bytesCount: Int, now: UInt64) -> UInt64 {
        if now > self.updatedAt {
            let earned = Double(now - self.updatedAt) / 1_000_000_000 * self.bytesPerSecond
            self.level = min(self.level + earned, self.bytesPerSecond * Self.burstSeconds)
            self.updatedAt = now
        }
        self.level -= Double(bytesCount)
        return self.level >= 0 ? 0 : UInt64(-self.level / self.bytesPerSecond * 1_000_000_000)
    }
}
