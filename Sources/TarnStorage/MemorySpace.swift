internal import Synchronization

/// How many bytes the files of one storage in memory take together, and may take.
final class MemorySpace: Sendable {
    private struct State {
        var used = 0
        var capacity: Int
    }

    private let state: Mutex<State>

    init(capacity: Int) {
        self.state = Mutex(State(capacity: capacity))
    }

    var freeBytesCount: UInt64 {
        self.state.withLock { UInt64(max(0, $0.capacity - $0.used)) }
    }

    func setCapacity(_ capacity: Int) {
        self.state.withLock { $0.capacity = capacity }
    }

    /// Takes up to `wanted` bytes and returns how many there were.
    func take(_ wanted: Int) -> Int {
        self.state.withLock { state in
            let count = max(0, min(wanted, state.capacity - state.used))
            state.used += count
            return count
        }
    }

    func give(_ count: Int) {
        self.state.withLock { $0.used -= count }
    }
}
