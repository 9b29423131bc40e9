internal import TarnCore
internal import TarnNode

/// How fast a body arrives: a client that sends a byte now and then must not hold a connection, and the memory behind
/// it, for ever.
struct BodyPace: Sendable {
    private let start: UInt64
    private var bytesCount: UInt64 = 0

    /// Begins at `now`, nanoseconds of any steady clock.
    init(now: UInt64 = WallClock.monotonicNanoseconds()) {
        self.start = now
    }

    /// Counts bytes that arrived. Throws ``Problem`` with status 408 when, after the time that any body may take, fewer
    /// came than ``Limits/bodyBytesPerSecondMin`` for every second.
    mutating func note(bytes count: Int, now: UInt64 = WallClock.monotonicNanoseconds()) throws(Problem) {
        self.bytesCount += UInt64(count)
        let seconds = (now - min(now, self.start)) / 1_000_000_000
        guard seconds > Limits.bodyGraceSeconds else { return }
        guard self.bytesCount < seconds * Limits.bodyBytesPerSecondMin else { return }
        throw Problem(
            .invalidRequest,
            "the body arrived too slowly: \(self.bytesCount) bytes in \(seconds) s",
            status: 408
        )
    }
}
