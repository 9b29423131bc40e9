internal import Glibc
internal import Synchronization

/// The machine's clocks. Only the shell reads them; everything below it is told the time.
package enum WallClock {
    private static let shift = Atomic<Int64>(0)

    /// Microseconds since 1970.
    package static func microseconds() -> UInt64 {
        let shift = self.shift.load(ordering: .relaxed)
        return UInt64(max(0, Int64(self.read(CLOCK_REALTIME) / 1_000) + shift))
    }

    /// Makes this process see the time of day so far off the machine's, from now on: for drills on machines whose clock
    /// must not be touched.
    package static func shift(seconds: Int64) {
        let bounded = min(max(seconds, -Self.shiftSecondsMax), Self.shiftSecondsMax)
        self.shift.store(bounded * 1_000_000, ordering: .relaxed)
    }

    /// A hundred years.
    private static let shiftSecondsMax: Int64 = 3_155_760_000

    /// Nanoseconds since some moment in the past; never goes back.
    package static func monotonicNanoseconds() -> UInt64 {
        self.read(CLOCK_MONOTONIC)
    }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
