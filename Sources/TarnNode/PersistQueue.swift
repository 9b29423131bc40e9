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
    }

    /// Blobs that came inside a Prepare and wait for their entry; more are dropped and fetched instead.
    private static let inlineBytesMax = 64 << 20

    private struct State {
        var items: [Item] = []
        var inline: [BlobAddress: StoredBlob] = [:]
        var inlineBytesCount = 0
    }

    private let state = Mutex(State())
    private let signal: AsyncStream<Void>
    private let signalContinuation: AsyncStream<Void>.Continuation

    init() {
        (self.signal, self.signalContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func append(_ item: Item) {
        self.state.withLock { $0.items.append(item) }
        self.signalContinuation.yield()
    }

    func keep(inline blobs: [StoredBlob]) {
        self.state.withLock { state in
            for blob in blobs where state.inlineBytesCount + blob.bytes.count <= Self.inlineBytesMax {
                guard state.inline.updateValue(blob, forKey: blob.address) == nil else { continue }
                state.inlineBytesCount += blob.bytes.count
            }
        }
    }

    /// Everything that waits: items in the order they came.
    func take() -> (items: [Item], inline: [BlobAddress: StoredBlob]) {
        self.state.withLock { state in
            defer { state = State() }
            return (state.items, state.inline)
        }
    }

    var arrivals: AsyncStream<Void> { self.signal }

    func finish() {
        self.signalContinuation.finish()
    }
}
