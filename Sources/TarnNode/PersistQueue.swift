internal import Synchronization
internal import TarnCore

/// Entries that the replica wants on disk, in order, with the blobs that travelled beside them.
final class PersistQueue: Sendable {
    /// Blobs that came inside a Prepare and wait for their entry; more are dropped and fetched instead.
    private static let inlineBytesMax = 64 << 20

    private struct State {
        var entries: [LogEntry] = []
        var inline: [BlobAddress: StoredBlob] = [:]
        var inlineBytesCount = 0
    }

    private let state = Mutex(State())
    private let signal: AsyncStream<Void>
    private let signalContinuation: AsyncStream<Void>.Continuation

    init() {
        (self.signal, self.signalContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func append(_ entry: LogEntry) {
        self.state.withLock { $0.entries.append(entry) }
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

    /// Everything that waits: entries in the order they came.
    func take() -> (entries: [LogEntry], inline: [BlobAddress: StoredBlob]) {
        self.state.withLock { state in
            defer { state = State() }
            return (state.entries, state.inline)
        }
    }

    var arrivals: AsyncStream<Void> { self.signal }

    func finish() {
        self.signalContinuation.finish()
    }
}
