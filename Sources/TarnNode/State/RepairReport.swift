package import TarnCore

/// What a comparison with another datacentre found, and what was done about it.
package struct RepairReport: Hashable, Sendable {
    package enum Finding: String, Sendable {
        /// Both states are the same.
        case equal
        /// This node's state was not what its log says, and now is again; the node starts anew from it.
        case repaired
        /// The other one's state is not what the log says.
        case otherDiverges = "other_diverges"
    }

    package let finding: Finding
    package let other: DatacenterID
    package let op: Op
    /// What the log says.
    package let expectedRoot: Digest
    /// What this node had.
    package let root: Digest
    package let differencesCount: Int
    /// The first of the paths that differed.
    package let paths: [NamespacePath]
    package let roundTripsCount: Int
    package let bytesCount: Int
}
