internal import Dispatch
internal import Synchronization

/// A number that only rises, and the tasks that wait until it reaches one of theirs.
final class CounterWaiters: Sendable {
    private struct Waiter {
        let target: UInt64
        let continuation: CheckedContinuation<Bool, any Error>
    }

    private struct State {
        var value: UInt64
        var nextID: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
        /// Cancelled before they began to wait.
        var cancelled: Set<UInt64> = []
        var isClosed = false
    }

    private let state: Mutex<State>
    private let countMax: Int

    init(value: UInt64 = 0, countMax: Int) {
        self.state = Mutex(State(value: value))
        self.countMax = countMax
    }

    var value: UInt64 { self.state.withLock { $0.value } }

    /// Raises the value and wakes those whose number is reached.
    func advance(to value: UInt64) {
        self.raise { max($0, value) }
    }

    func increment() {
        self.raise { $0 + 1 }
    }

    private func raise(_ change: (UInt64) -> UInt64) {
        let reached = self.state.withLock { state in
            state.value = change(state.value)
            let ids = state.waiters.filter { $0.value.target <= state.value }.map(\.key)
            return ids.compactMap { state.waiters.removeValue(forKey: $0) }
        }
        for waiter in reached { waiter.continuation.resume(returning: true) }
    }

    /// Sets the value back, for a counted thing that begins anew; those who wait go on waiting.
    func reset(to value: UInt64) {
        self.state.withLock { $0.value = value }
    }

    /// Ends every wait, now and later, with ``CatalogError`` of code `closed`.
    func close() {
        let waiters = self.state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.continuation.resume(throwing: Self.closed) }
    }

    /// Waits until the value is at least `target`: true then, false after `milliseconds`.
    func wait(for target: UInt64, milliseconds: Int) async throws -> Bool {
        if self.state.withLock({ $0.value >= target && !$0.isClosed }) { return true }
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        defer { self.state.withLock { _ = $0.cancelled.remove(id) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.register(id: id, Waiter(target: target, continuation: continuation), milliseconds: milliseconds)
            }
        } onCancel: {
            let waiter = self.state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: id)
                if waiter == nil { state.cancelled.insert(id) }
                return waiter
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    private enum Registration {
        case waits
        case reached
        case refused(any Error)
    }

    private func register(id: UInt64, _ waiter: Waiter, milliseconds: Int) {
        let registration = self.state.withLock { state -> Registration in
            if state.isClosed { return .refused(Self.closed) }
            if state.cancelled.remove(id) != nil { return .refused(CancellationError()) }
            if state.value >= waiter.target { return .reached }
            guard state.waiters.count < self.countMax else {
                return .refused(CatalogError(.busy, "\(self.countMax) tasks wait for the catalog already"))
            }
            state.waiters[id] = waiter
            return .waits
        }
        switch registration {
        case .reached: waiter.continuation.resume(returning: true)
        case .refused(let error): waiter.continuation.resume(throwing: error)
        case .waits:
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(max(0, milliseconds))) {
                let late = self.state.withLock { $0.waiters.removeValue(forKey: id) }
                late?.continuation.resume(returning: false)
            }
        }
    }

    private static let closed = CatalogError(.closed, "the catalog is closed")
}
