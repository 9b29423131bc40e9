package import TarnCore

/// What would be gone for good if the datacentres that do not answer were lost: the ops that no datacentre within reach
/// holds, of those that the drill has receipts for.
package struct LossStatement: Hashable, Sendable {
    package let datacenter: DatacenterID?
    /// Everything up to this op is whole within reach.
    package let holdsThrough: UInt64
    /// Acknowledged ops beyond that, ascending.
    package let lostOps: [UInt64]

    /// `observations` are what nodes said last; only of the newest ones is a node known to answer.
    package init(observations: [DatacenterID: ClusterObservation], samples: [WriteSample]) {
        let newest = observations.values.map(\.at).max() ?? 0
        let present = observations.values.filter { $0.at + 2_000_000 >= newest }.compactMap(\.own)
        let best = present.max { $0.op < $1.op }
        let holdsThrough = best.map { min($0.op, max($0.prefixComplete, $0.commit)) } ?? 0
        self.datacenter = best?.datacenter
        self.holdsThrough = holdsThrough
        self.lostOps = samples.compactMap(\.acknowledgedOp?.number).filter { $0 > holdsThrough }.sorted()
    }

    package var json: JSONValue {
        [
            "datacenter": self.datacenter.map { .string($0.name) } ?? .null,
            "holds_through_op": .integer(self.holdsThrough),
            "acknowledged_beyond": .array(self.lostOps.map { .integer($0) }),
            "change_sets": .integer(self.lostOps.count),
            "bytes": .integer(self.lostOps.count * ProbeContent.bytesCount),
        ]
    }
}
