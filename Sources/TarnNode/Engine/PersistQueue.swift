internal import Synchronization
internal import TarnConsensus
internal import TarnCore

/// What the replica wants on disk, in order, with the blobs that travelled beside its entries.
final class PersistQueue: Sendable {
    enum Item: Sendable {
        case entry(LogEntry)
        /// The log of a view, all or nothing: its entries and the record that it ends at `head`.
        case log(view: View, entries: [LogEntry], head: Message.Acknowledgement)
        /// The log ends at this entry for now; it is still that of `logView`.
        case end(logView: View, at: Message.Acknowledgement)

        /// Of the entries' bodies.
        var bytesCount: Int {
            switch self {
            case .entry(let entry): entry.body.count
            case .log(_, let entries, _): entries.reduce(0) { $0 + $1.body.count }
            case .end: 0
            }
        }
    }

    private let items = Mutex<[Item]>([])
    /// Blobs that came beside entries, until their entry is stored.
    let inline = InlineBlobs(bytesMax: 64 << 20)
    private let signal: AsyncStream<Void>
    private let signalContinuation: AsyncStream<Void>.Continuation

    init() {
        (self.signal, self.signalContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func append(_ item: Item) {
        self.items.withLock { $0.append(item) }
        self.signalContinuation.yield()
    }

    /// Everything that waits, in the order in which it came.
    func take() -> [Item] {
        self.items.withLock { items in
            defer { items = [] }
            return items
        }
    }

    var arrivals: AsyncStream<Void> { self.signal }

    func finish() {
        self.signalContinuation.finish()
    }
}
