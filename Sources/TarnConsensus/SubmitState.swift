package import TarnCore

/// Whether the primary takes a new change set now. Everything but `ready` means: certainly not ordered.
package enum SubmitState: Hashable, Sendable, CustomStringConvertible {
    case ready
    /// Another member leads; its index.
    case notPrimary(leader: Int)
    /// The members are choosing the primary of this view, or of the next one.
    case changingView(View)
    /// ``Limits/pipelineSetsMax`` sets or ``Limits/pipelineBytesMax`` bytes wait for their commit.
    case pipelineFull
    /// Not enough members were heard lately to commit anything.
    case noQuorum
    /// The replica stopped for good.
    case halted

    /// Whether it is worth waiting for: the state ends by itself.
    package var isPassing: Bool {
        switch self {
        case .pipelineFull, .changingView: true
        case .ready, .notPrimary, .noQuorum, .halted: false
        }
    }

    package var description: String {
        switch self {
        case .ready: "ready"
        case .notPrimary(let leader): "member \(leader) is the primary"
        case .changingView: "the datacentres are changing their primary"
        case .pipelineFull: "too many change sets wait for their commit"
        case .noQuorum:
            "not enough datacentres were heard in the last \(Timeouts.silenceTicks * Tick.milliseconds / 1_000) s"
        case .halted: "the replica has halted"
        }
    }
}

/// Why a submitted entry was not ordered.
package enum Rejection: Hashable, Sendable, CustomStringConvertible {
    case notReady(SubmitState)
    /// It does not follow the head, whose op and hash these are.
    case notNext(head: Op, hash: Digest)
    case otherView(current: View)
    /// Its time is not after the head's.
    case timeNotIncreasing(head: UInt64)
    case bodyTooLarge(bytesCount: Int)

    package var description: String {
        switch self {
        case .notReady(let state): state.description
        case .notNext(let head, let hash): "the entry does not follow the head, op \(head) (\(hash))"
        case .otherView(let current): "the entry was made for another view than the present \(current)"
        case .timeNotIncreasing(let head): "the entry's time is not after the head's, \(head) microseconds"
        case .bodyTooLarge(let count):
            "the entry's body of \(count) bytes is over the limit of \(Limits.logBodyBytesMax)"
        }
    }
}
