internal import Glibc

/// The machine's clocks. Only the shell reads them; everything below it is told the time.
package enum WallClock {
    /// Microseconds since 1970.
    package static func microseconds() -> UInt64 {
        self.read(CLOCK_REALTIME) / 1_000
    }

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
