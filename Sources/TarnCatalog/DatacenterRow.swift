package import TarnCore

/// One row of the `datacenters` view: what this node last heard of a datacentre.
package struct DatacenterRow: Hashable, Sendable {
    package var datacenter: DatacenterID
    package var role: Role
    package var url: String
    package var isReachable: Bool
    package var view: View
    package var op: Op
    package var commit: Op
    package var root: Digest
    package var lagOps: UInt64
    package var missingBytesCount: UInt64
    /// Nil for this node itself and for a peer not heard from.
    package var roundTripMilliseconds: Double?
    /// Why it does not serve or write, or nil.
    package var trouble: String?

    package init(
        datacenter: DatacenterID,
        role: Role,
        url: String,
        isReachable: Bool,
        view: View,
        op: Op,
        commit: Op,
        root: Digest,
        lagOps: UInt64,
        missingBytesCount: UInt64 = 0,
        roundTripMilliseconds: Double? = nil,
        trouble: String? = nil
    ) {
        self.datacenter = datacenter
        self.role = role
        self.url = url
        self.isReachable = isReachable
        self.view = view
        self.op = op
        self.commit = commit
        self.root = root
        self.lagOps = lagOps
        self.missingBytesCount = missingBytesCount
        self.roundTripMilliseconds = roundTripMilliseconds
        self.trouble = trouble
    }
}
