internal import Glibc

/// The time of day as it was when a drill began, carried on by a clock that nobody sets: a scenario may put the
/// machine's own clock wrong.
package struct DrillClock: Sendable {
    private let origin: UInt64
    private let start = ContinuousClock.now

    package init() {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        self.origin = UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }

    /// Microseconds since 1970.
    package var now: UInt64 {
        let elapsed = self.start.duration(to: ContinuousClock.now).components
        return self.origin + UInt64(elapsed.seconds) * 1_000_000 + UInt64(elapsed.attoseconds / 1_000_000_000_000)
    }
}
