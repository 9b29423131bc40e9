internal import TarnCore

/// Changes that are committed together, and the source items that are in the target once they are.
struct PendingSet: Sendable {
    struct Owner: Sendable {
        let index: Int
        let stamp: FileStamp
        let content: BlobAddress
    }

    var changes: [Change] = []
    var owners: [Owner] = []
    /// Bytes of the files in sum.
    var bytesCount: UInt64 = 0
    var encodedBytesCount = 0

    var isEmpty: Bool { self.changes.isEmpty }
}

/// Cuts a run of changes into sets of at most ``Limits/importChangesPerSetMax`` changes and
/// ``Limits/importBytesPerSetMax`` new bytes.
///
/// A single larger file makes a set of its own: its chunks are staged before, and the set only names it.
struct ChangeSetBuilder: Sendable {
    private var current = PendingSet()

    /// Adds a change that brings up to `newBytesCount` bytes; returns the set before it when that is full.
    mutating func add(_ change: Change, newBytesCount: UInt64 = 0, owner: PendingSet.Owner? = nil) -> PendingSet? {
        let encoded = Self.encodedBytesCount(change)
        let isFull =
            self.current.changes.count >= Limits.importChangesPerSetMax
            || self.current.bytesCount + newBytesCount > UInt64(Limits.importBytesPerSetMax)
            || self.current.encodedBytesCount + encoded > Limits.importSetEncodedBytesMax
        let full = isFull ? self.finish() : nil
        self.current.changes.append(change)
        self.current.bytesCount += newBytesCount
        self.current.encodedBytesCount += encoded
        if let owner { self.current.owners.append(owner) }
        return full
    }

    /// The last set, or nil when nothing is left.
    mutating func finish() -> PendingSet? {
        guard !self.current.isEmpty else { return nil }
        defer { self.current = PendingSet() }
        return self.current
    }

    /// An upper bound of the change's canonical encoding.
    private static func encodedBytesCount(_ change: Change) -> Int {
        var count = change.path.utf8.count + 96
        switch change.action {
        case .put(let entry):
            count += 64
            for pair in entry.attributes.pairs { count += pair.key.utf8.count + pair.value.utf8.count + 4 }
        case .delete: break
        case .move(let target): count += target.utf8.count
        }
        return count
    }
}
