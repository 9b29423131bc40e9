internal import TarnCore

/// Which states of the namespace name each blob, in the plainest way: by the ops that put it at a path and took it away
/// again. The members find the same by other means.
struct BlobReferences: Sendable {
    /// What stood at a path from one op on, before another.
    private struct Reference: Sendable {
        let from: Op
        var to = Op(.max)
    }

    private var references: [BlobAddress: [Reference]] = [:]
    /// What stands at each path now, and which of its references says so.
    private var present: [NamespacePath: (blob: BlobAddress, reference: Int)] = [:]
    /// Every committed floor, ascending.
    private var floors: [(op: Op, floor: GarbageFloor)] = []
    /// The newest that each member has committed.
    private var floorOf = [GarbageFloor](repeating: .none, count: SimulatedNetwork.membersMax)

    /// The newest floor that anybody has committed.
    var newestFloor: GarbageFloor { self.floors.last?.floor ?? .none }

    /// The newest floor that `member` has committed.
    func floor(of member: Int) -> GarbageFloor { self.floorOf[member] }

    /// Whether `floor` keeps a state that names `blob`, or an op at or above it names the blob; of the ops that put it
    /// somewhere, only those count that `counts` says.
    func isKept(_ blob: BlobAddress, by floor: GarbageFloor, _ counts: (Op) -> Bool) -> Bool {
        guard let references = self.references[blob] else { return false }
        return references.contains { reference in
            (reference.from > floor.floor || reference.to > floor.floor
                || floor.kept.contains { $0 >= reference.from && $0 < reference.to })
                && counts(reference.from)
        }
    }

    /// Takes over the next committed entry.
    mutating func append(_ entry: LogEntry) {
        let op = entry.header.op
        switch entry.header.kind {
        case .gcFloor:
            if let floor = try? GarbageFloor(decoding: entry.body) {
                self.floors.append((op, self.newestFloor.followed(by: floor)))
            }
        case .changeSet:
            guard let set = try? ChangeSet(decoding: entry.body) else { return }
            for change in set.changes {
                self.end(change.path, at: op)
                guard case .put(let entry) = change.action, let blob = entry.blob else { continue }
                self.present[change.path] = (blob, self.references[blob]?.count ?? 0)
                self.references[blob, default: []].append(Reference(from: op))
            }
        case .genesis, .noop, .reconfigure, .policy: break
        }
    }

    private mutating func end(_ path: NamespacePath, at op: Op) {
        guard let (blob, reference) = self.present.removeValue(forKey: path) else { return }
        self.references[blob]?[reference].to = op
    }

    mutating func onCommit(_ entry: LogEntry, by member: Int) {
        guard entry.header.kind == .gcFloor, let floor = try? GarbageFloor(decoding: entry.body) else { return }
        self.floorOf[member] = self.floorOf[member].followed(by: floor)
    }

    mutating func onRestart(of member: Int, through op: Op) {
        self.floorOf[member] = self.floors.last { $0.op <= op }?.floor ?? .none
    }
}
