internal import DequeModule
internal import Synchronization

/// Lets one task at a time do what takes awaiting; an actor alone would let others in meanwhile. First come, first served.
final class AsyncMutex: Sendable {
    private struct State {
        var isLocked = false
        var waiting: Deque<CheckedContinuation<Void, Never>> = []
    }

    private let state = Mutex(State())

    /// Held until ``unlock()``.
    func lock() async {
        await withCheckedContinuation { continuation in
            let isFree = self.state.withLock { state in
                guard state.isLocked else {
                    state.isLocked = true
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Hands over to whoever waits longest.
    func unlock() {
        let next = self.state.withLock { state in
            let next = state.waiting.popFirst()
            if next == nil { state.isLocked = false }
            return next
        }
        next?.resume()
    }
}
