internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle

/// The newest committed states, kept in memory: trees share what they have in common, so each costs only what its op
/// changed.
struct SnapshotRing: Sendable {
    private static let countMax = 64
    /// Ascending by op.
    private var snapshots: [Snapshot] = []

    init(_ first: Snapshot) {
        self.snapshots = [first]
    }

    var all: [Snapshot] { self.snapshots }

    var newest: Snapshot {
        // Never empty: the initializer puts one in and `append` only drops from the front.
        self.snapshots[self.snapshots.endIndex - 1]
    }

    mutating func append(_ snapshot: Snapshot) {
        precondition(snapshot.op > self.newest.op, "op \(snapshot.op) after \(self.newest.op)")
        if self.snapshots.count == Self.countMax { self.snapshots.removeFirst() }
        self.snapshots.append(snapshot)
    }

    func snapshot(at op: Op) -> Snapshot? {
        guard let first = self.snapshots.first, op >= first.op, op <= self.newest.op else { return nil }
        return self.snapshots[Int(op.number - first.op.number)]
    }
}
