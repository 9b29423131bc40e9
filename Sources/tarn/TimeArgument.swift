internal import Glibc
internal import TarnClient
internal import TarnCore

/// Moments that a command line names: as RFC 3339 times, or by how long ago or from now they are.
enum TimeArgument {
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }

    /// `text` as a time in the past: `1h` is an hour ago.
    static func past(_ text: String, option: String) throws(ClientError) -> Timestamp {
        if let seconds = HumanDuration.seconds(text) {
            let now = self.now
            return Timestamp(microseconds: now - min(now, seconds * 1_000_000))
        }
        return try self.absolute(text, option)
    }

    /// `text` as a time to come: `30d` is in thirty days.
    static func future(_ text: String, option: String) throws(ClientError) -> Timestamp {
        if let seconds = HumanDuration.seconds(text) { return Timestamp(microseconds: self.now + seconds * 1_000_000) }
        return try self.absolute(text, option)
    }

    private static func absolute(_ text: String, _ option: String) throws(ClientError) -> Timestamp {
        guard let time = Timestamp(text) else {
            throw ClientError(
                .usage,
                "\(option) '\(text)' is neither a duration such as 12h or 30d nor an RFC 3339 time"
            )
        }
        return time
    }
}
