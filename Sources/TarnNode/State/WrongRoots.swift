internal import TarnConsensus
internal import TarnCore

/// Roots of other datacentres that are not the log's and were reported: heads come four times a second, and a wrong
/// root stays until its node is repaired.
struct WrongRoots: Sendable {
    private struct Root: Hashable, Sendable {
        let op: Op
        let hash: Digest
    }

    private var reported: [DatacenterID: Root] = [:]

    /// Whether the wrong root of `head` is another one than its datacentre's last; it counts as reported from now on.
    mutating func isNew(_ head: Heads.Head) -> Bool {
        let root = Root(op: head.commit, hash: head.root)
        return self.reported.updateValue(root, forKey: head.datacenter) != root
    }

    /// The datacentre has the log's root again.
    mutating func forget(_ datacenter: DatacenterID) {
        self.reported[datacenter] = nil
    }
}
