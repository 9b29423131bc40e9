/// Gives the primary's entries their times: microseconds since 1970, strictly increasing along the log whatever the
/// clock does.
package struct TimestampSource: Hashable, Sendable {
    /// The newest time in the log.
    package private(set) var lastMicroseconds: UInt64

    package init(lastMicroseconds: UInt64) {
        self.lastMicroseconds = lastMicroseconds
    }

    /// The time of the next entry, by a clock that shows `clockMicroseconds`.
    package mutating func next(clockMicroseconds: UInt64) -> UInt64 {
        self.lastMicroseconds = max(self.lastMicroseconds + 1, clockMicroseconds)
        return self.lastMicroseconds
    }

    /// Notes an entry that somebody else gave its time.
    package mutating func observe(_ microseconds: UInt64) {
        self.lastMicroseconds = max(self.lastMicroseconds, microseconds)
    }
}
