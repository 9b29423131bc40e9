internal import DequeModule
internal import Synchronization
internal import TarnConsensus
internal import TarnCore

/// Messages on their way to one member. Full, it drops the newest: the protocol sends again what was lost.
final class Outbox: Sendable {
    private static let messagesMax = 8_192
    private static let bytesMax = 64 << 20

    private struct State {
        var messages: [Message] = []
        var bytesCount = 0
        /// Replies that wait for something to carry, oldest first.
        var replies: Deque<Reply> = []
        var repliesCount: UInt64 = 0
    }

    private struct Reply {
        let number: UInt64
        let continuation: CheckedContinuation<[Message], Never>
    }

    private let state = Mutex(State())
    private let signal: AsyncStream<Void>
    private let signalContinuation: AsyncStream<Void>.Continuation

    init() {
        (self.signal, self.signalContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func append(_ message: Message) {
        let size = message.bodyBytesCount
        let reply = self.state.withLock { state -> Reply? in
            if message.isAnswer, state.messages.isEmpty, let reply = state.replies.popFirst() { return reply }
            guard state.messages.count < Self.messagesMax, state.bytesCount + size <= Self.bytesMax else { return nil }
            state.messages.append(message)
            state.bytesCount += size
            return nil
        }
        if let reply { reply.continuation.resume(returning: [message]) } else { self.wake() }
    }

    /// What the reply to a delivery of the member may carry: the next message that is an answer, as soon as there is
    /// one; nothing when ``endReplies()`` comes first.
    func answers() async -> [Message] {
        let number = self.state.withLock { state in
            state.repliesCount += 1
            return state.repliesCount
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known = self.state.withLock { state -> [Message]? in
                    if Task.isCancelled { return [] }
                    if let first = state.messages.first {
                        guard first.isAnswer else { return [] }
                        state.bytesCount -= first.bodyBytesCount
                        return [state.messages.removeFirst()]
                    }
                    state.replies.append(Reply(number: number, continuation: continuation))
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            self.endReplies { $0.number == number }
        }
    }

    /// How many replies wait for something to carry.
    var waitingRepliesCount: Int { self.state.withLock { $0.replies.count } }

    /// Lets replies leave that have waited long enough.
    func endReplies() {
        self.endReplies { _ in true }
    }

    private func endReplies(where isOver: (Reply) -> Bool) {
        let ended = self.state.withLock { state in
            defer { state.replies.removeAll(where: isOver) }
            return state.replies.filter(isOver)
        }
        for reply in ended { reply.continuation.resume(returning: []) }
    }

    /// Messages for one delivery: at least one, and no more than fit into `bytesMax` with the blobs that travel beside
    /// them; empty when none wait.
    func take(bytesMax: Int) -> [Message] {
        self.state.withLock { state in
            var count = 0
            var bytesCount = 0
            var deliveryBytesCount = 0
            for message in state.messages {
                let size = message.bodyBytesCount + message.inlineBytesCount
                if count > 0, deliveryBytesCount + size > bytesMax { break }
                count += 1
                deliveryBytesCount += size
                bytesCount += message.bodyBytesCount
            }
            let taken = Array(state.messages.prefix(count))
            state.messages.removeFirst(count)
            state.bytesCount -= bytesCount
            return taken
        }
    }

    /// Lets whoever reads this look again, if there is anything to be seen.
    func wakeIfWaiting() {
        if self.state.withLock({ !$0.messages.isEmpty }) { self.wake() }
    }

    private func wake() {
        self.signalContinuation.yield()
    }

    var arrivals: AsyncStream<Void> { self.signal }
}

extension Message {
    /// Whether it is short and may travel with a reply.
    var isAnswer: Bool {
        switch self {
        case .prepareOk, .readOk: true
        case .prepare, .entries, .heartbeat, .getEntries, .exitView, .joinView, .view, .standing, .readBarrier: false
        }
    }

    /// At most how many bytes of blobs travel beside this message.
    var inlineBytesCount: Int {
        guard case .prepare(_, let entry, _) = self, entry.header.closureBytesCount <= UInt64(Limits.inlineBytesMax)
        else { return 0 }
        return Int(entry.header.closureBytesCount)
    }

    /// About how many bytes this message takes.
    var bodyBytesCount: Int {
        switch self {
        case .prepare(_, let entry, _): entry.body.count + 256
        case .entries(_, _, let entries, _): entries.reduce(64) { $0 + $1.body.count + 256 }
        case .prepareOk(_, let acknowledgements): 64 + 48 * acknowledgements.count
        case .joinView(_, let vote): 128 + Limits.logHeaderBytesMax * vote.suffix.count + 48 * vote.faults.count
        case .view(let log, _): 128 + Limits.logHeaderBytesMax * log.suffix.count
        case .heartbeat, .getEntries, .exitView, .standing, .readBarrier, .readOk: 64
        }
    }
}
