/// Which old states of the namespace are kept: all of the last ``everyOpDays``, then the last one of each day of the
/// last ``dailyDays``.
package struct RetentionPolicy: Hashable, Sendable {
    package let everyOpDays: Int
    package let dailyDays: Int

    private static let daysMax = 3_650
    private static let dayMicroseconds: UInt64 = 24 * 3_600 * 1_000_000

    package static let standard = RetentionPolicy(everyOpDays: 30, dailyDays: 365)

    /// Days beyond ten years are ten years.
    package init(everyOpDays: Int, dailyDays: Int) {
        self.everyOpDays = min(max(0, everyOpDays), Self.daysMax)
        self.dailyDays = min(max(0, dailyDays), Self.daysMax)
    }

    /// From the state at this time on, every op is kept.
    package func floor(now: UInt64) -> UInt64 {
        now - min(now, UInt64(self.everyOpDays) * Self.dayMicroseconds)
    }

    /// The ends of the days before ``floor(now:)``, ascending: of each, the last state before it is kept.
    package func dailyMoments(now: UInt64) -> [UInt64] {
        let floor = self.floor(now: now)
        let oldest = now - min(now, UInt64(self.dailyDays) * Self.dayMicroseconds)
        var moments: [UInt64] = []
        var moment = floor - floor % Self.dayMicroseconds
        while moment > oldest, moment > 0 {
            moments.append(moment)
            moment -= Self.dayMicroseconds
        }
        return moments.reversed()
    }
}
