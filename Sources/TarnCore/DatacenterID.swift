/// The name of a datacentre, `[a-z0-9-]{1,32}`: unique in its cluster, part of certificates, file names and metrics
/// labels.
package struct DatacenterID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let name: String

    /// Throws ``CoreError`` with code `invalidDatacenter` when `name` is not a datacentre's name.
    package init(_ name: String) throws(CoreError) {
        let legal = name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
        guard legal, (1...Limits.datacenterNameBytesMax).contains(name.utf8.count) else {
            throw CoreError(
                .invalidDatacenter,
                "datacentre name '\(name)' must be 1 to \(Limits.datacenterNameBytesMax) characters of a-z, 0-9 and '-'"
            )
        }
        self.name = name
    }

    package static func < (left: DatacenterID, right: DatacenterID) -> Bool { left.name < right.name }
    package var description: String { self.name }
}

/// What a datacentre does in the cluster; given by its place in the member list.
package enum Role: String, Sendable, CaseIterable {
    case primary
    case standby
    case observer
}
