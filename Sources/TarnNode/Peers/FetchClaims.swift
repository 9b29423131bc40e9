internal import Synchronization
internal import TarnCore

/// Which blobs some call is fetching, so that no other call fetches them too, and who waits for which of them.
final class FetchClaims: Sendable {
    private struct State {
        var claimed: Set<BlobAddress> = []
        /// By address, who waits for it; whoever was woken by another address, or gave up, is not in
        /// ``continuations`` any more.
        var waiters: [BlobAddress: [UInt64]] = [:]
        var continuations: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Calls that wait.
    var waitersCount: Int { self.state.withLock { $0.continuations.count } }

    /// Those of `addresses` that nobody was fetching; the caller is from now on, and owes ``release(_:)``.
    func claim(_ addresses: [BlobAddress]) -> [BlobAddress] {
        self.state.withLock { state in addresses.filter { state.claimed.insert($0).inserted } }
    }

    /// Says that `addresses` are not being fetched any more, and wakes who waits for one of them, and nobody else:
    /// when hundreds of ops are fetched side by side, each that looks again costs as much as a blob.
    func release(_ addresses: [BlobAddress]) {
        let woken = self.state.withLock { state in
            var woken: [CheckedContinuation<Void, Never>] = []
            for address in addresses where state.claimed.remove(address) != nil {
                for waiter in state.waiters.removeValue(forKey: address) ?? [] {
                    if let continuation = state.continuations.removeValue(forKey: waiter) { woken.append(continuation) }
                }
            }
            return woken
        }
        for continuation in woken { continuation.resume() }
    }

    /// Returns when one of `addresses` is released, at once when one is not claimed, or when the task is cancelled.
    func waitForRelease(of addresses: [BlobAddress]) async {
        let waiter = self.state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = self.state.withLock { state in
                    // Looked at in here: who cancels from now on finds the continuation.
                    guard !Task.isCancelled, !addresses.isEmpty, addresses.allSatisfy(state.claimed.contains) else {
                        return false
                    }
                    state.continuations[waiter] = continuation
                    for address in addresses { state.waiters[address, default: []].append(waiter) }
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            self.state.withLock { $0.continuations.removeValue(forKey: waiter) }?.resume()
        }
    }

    /// Waits as ``waitForRelease(of:)`` does: true then, false after `limit`.
    func waitForRelease(of addresses: [BlobAddress], atMost limit: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.waitForRelease(of: addresses)
                return true
            }
            group.addTask {
                // What ends the sleep does not matter.
                try? await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}
