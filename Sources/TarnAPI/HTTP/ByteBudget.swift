internal import Synchronization

/// Counts bytes that are held in memory for clients, and says no to those beyond a limit.
final class ByteBudget: Sendable {
    private let taken = Atomic<Int>(0)
    private let bytesMax: Int

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Whether `count` more bytes may be held; if so, ``giveBack(_:)`` returns them.
    func take(_ count: Int) -> Bool {
        if self.taken.wrappingAdd(count, ordering: .relaxed).newValue <= self.bytesMax { return true }
        self.giveBack(count)
        return false
    }

    func giveBack(_ count: Int) {
        self.taken.wrappingSubtract(count, ordering: .relaxed)
    }

    /// Bytes that are held.
    var takenCount: Int { self.taken.load(ordering: .relaxed) }
}
