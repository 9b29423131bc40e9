internal import Synchronization
internal import TarnCore

/// What stands in the files that a drill writes over and over, as far as its own receipts tell.
final class SlotBook: Sendable {
    /// Few files, so that the namespace does not grow; enough that writes do not wait for each other.
    static let slotCount: UInt64 = 16

    private struct State {
        var opOfWrite: [UInt64: Op] = [:]
        var newest: [UInt64: Op] = [:]
    }

    private let state = Mutex(State())

    static func slot(of write: UInt64) -> UInt64 { write % self.slotCount }

    func note(acknowledged write: UInt64, op: Op) {
        self.state.withLock { state in
            state.opOfWrite[write] = op
            let slot = Self.slot(of: write)
            state.newest[slot] = max(state.newest[slot] ?? .genesis, op)
        }
    }

    /// A file that was written, and the op that a reader may insist on; nil before the first receipt.
    func question(turn: UInt64) -> (slot: UInt64, atLeast: Op)? {
        self.state.withLock { state in
            let slots = state.newest.keys.sorted()
            guard !slots.isEmpty else { return nil }
            let slot = slots[Int(turn % UInt64(slots.count))]
            return state.newest[slot].map { (slot, $0) }
        }
    }

    /// Whether the bytes of `write` may stand in its file for a reader who knows of `op`. A write without a receipt
    /// may.
    func isCurrent(_ write: UInt64, asOf op: Op) -> Bool {
        self.state.withLock { $0.opOfWrite[write].map { $0 >= op } ?? true }
    }
}
