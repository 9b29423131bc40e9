internal import TarnCore

/// What the states name that a floor keeps, up to the floor's own: follows the floors of one member along its log.
struct RetainedStates: Sendable {
    /// The op whose state ``paths`` is.
    private var op = Op.genesis
    private var paths: [NamespacePath: BlobAddress] = [:]
    /// What the kept states below the floor name.
    private var kept: [Op: [BlobAddress]] = [:]

    /// Goes on to the states of `floor`. `entry` gives the log's entries; false when one is missing.
    mutating func follow(_ floor: GarbageFloor, _ entry: (Op) -> LogEntry?) -> Bool {
        // A member that has come back may know an older floor than before.
        if floor.floor < self.op || floor.kept.contains(where: { $0 < self.op && self.kept[$0] == nil }) {
            self = RetainedStates()
        }
        let keeps = Set(floor.kept)
        while self.op < floor.floor {
            if keeps.contains(self.op) { self.kept[self.op] = Array(self.paths.values) }
            guard let next = entry(self.op.next) else { return false }
            self.apply(next)
            self.op = self.op.next
        }
        self.kept = self.kept.filter { keeps.contains($0.key) }
        return true
    }

    /// Every blob that one of the states names.
    func blobs() -> Set<BlobAddress> {
        var all = Set(self.paths.values)
        for blobs in self.kept.values { all.formUnion(blobs) }
        return all
    }

    private mutating func apply(_ entry: LogEntry) {
        guard entry.header.kind == .changeSet, let set = try? ChangeSet(decoding: entry.body) else { return }
        for change in set.changes {
            switch change.action {
            case .put(let entry): self.paths[change.path] = entry.blob
            case .delete: self.paths[change.path] = nil
            case .move: preconditionFailure("clients of the simulation move nothing")
            }
        }
    }
}
