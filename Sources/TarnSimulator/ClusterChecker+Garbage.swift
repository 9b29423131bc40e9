internal import TarnCore
internal import TarnSegment

/// What may never be collected.
extension ClusterChecker {
    /// I11, I12: nothing of what a collection removed is named by an orphan on that disk, by an entry of its log that
    /// is not committed, acknowledged or not, or by a state that the committed floor keeps.
    mutating func onCollect(_ removed: [BlobAddress], by member: SimulatedMember) {
        guard !removed.isEmpty else { return }
        let gone = Set(removed)
        for blobs in member.disk.namesAside where blobs.contains(where: { gone.contains($0) }) {
            return self.fail("I11: member \(member.index) collects a blob that an orphan names")
        }
        var op = self.commit(of: member.index).next
        while let blobs = member.disk.names(at: op) {
            if blobs.contains(where: { gone.contains($0) }) {
                return self.fail("I11: member \(member.index) collects a blob of op \(op), which is not committed")
            }
            op = op.next
        }
        let floor = self.references.floor(of: member.index)
        for blob in removed where self.references.isKept(blob, by: floor, { self.isOwn($0, of: member) }) {
            return self.fail(
                "I12: member \(member.index) collects a blob that the floor at op \(floor.floor) keeps"
            )
        }
    }

    /// Whether the committed entry of `op` is in the log of `member`.
    private func isOwn(_ op: Op, of member: SimulatedMember) -> Bool {
        self[op].map { member.disk.index.version(at: op)?.hash == $0.hash } ?? false
    }
}
