internal import TarnCore

/// What a replica knows of another member.
struct Peer: Sendable {
    /// When anything last came from it directly.
    var heardAt: Tick?
    /// The newest op known to be in its log; nil until it told.
    var head: Op?
    /// Everything up to here is durable there with all blobs, by its own word about this log; nil until it told.
    var prefixComplete: Op?
    /// When it was last sent a retransmission, and how long to wait for the next.
    var resentAt: Tick?
    var resend = Backoff(initial: Timeouts.resendTicks, max: Timeouts.resendTicksMax)

    /// Whether it was heard within the last `ticks`.
    func isHeard(within ticks: UInt64, now: Tick) -> Bool {
        guard let heardAt else { return false }
        return now.elapsed(since: heardAt) <= ticks
    }

    mutating func raiseHead(to op: Op) {
        self.head = max(self.head ?? op, op)
    }
}
