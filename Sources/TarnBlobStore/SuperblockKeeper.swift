internal import Dispatch
internal import Synchronization
internal import TarnStorage

/// The superblock in memory and on disk: updates are written one after the other, on a thread of their own.
final class SuperblockKeeper: Sendable {
    private struct State {
        var content: SuperblockFile.Content
        var isClosed = false
    }

    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "tarn.store.superblock", qos: .userInitiated)
    private let health: StoreHealth
    /// Used on `queue` only.
    private let file: SuperblockFile

    init(file: SuperblockFile, content: SuperblockFile.Content, health: StoreHealth) {
        self.file = file
        self.state = Mutex(State(content: content))
        self.health = health
    }

    var current: Superblock { self.state.withLock { $0.content.superblock } }

    func update(givesUp: Bool, _ change: @escaping @Sendable (inout Superblock) -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            self.queue.async {
                continuation.resume(with: Result { try self.write(change, givesUp: givesUp) })
            }
        }
    }

    func close() async {
        await withCheckedContinuation { continuation in
            self.queue.async {
                self.state.withLock { $0.isClosed = true }
                continuation.resume()
            }
        }
    }

    private func write(_ change: (inout Superblock) -> Void, givesUp: Bool) throws {
        let (content, isClosed) = self.state.withLock { ($0.content, $0.isClosed) }
        guard !isClosed else { throw StoreError(.closed, "the store is closed") }
        var next = content
        next.sequence += 1
        change(&next.superblock)
        next.superblock = content.superblock.advanced(to: next.superblock, givesUp: givesUp)
        guard next.superblock != content.superblock else { return }
        do throws(StorageError) {
            try self.file.update(next)
        } catch {
            let reason = "the superblock cannot be written: \(error)"
            self.health.fail(reason)
            throw StoreError(.readOnly, reason)
        }
        // Visible only now: nobody may act on a promise that is not durable.
        let durable = next
        self.state.withLock { $0.content = durable }
    }
}
