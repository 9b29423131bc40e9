package import TarnCore

/// The cluster as one of its nodes saw it at one moment (`GET /v1/status`).
package struct ClusterObservation: Hashable, Sendable {
    package struct Row: Hashable, Sendable {
        package let datacenter: DatacenterID
        package let isReachable: Bool
        package let view: UInt64
        package let op: UInt64
        package let commit: UInt64
        package let root: String
        package let prefixComplete: UInt64
        package let missingBytesCount: UInt64
        package let roundTripMilliseconds: Double?
        package let trouble: String?
    }

    /// The node that was asked.
    package let datacenter: DatacenterID
    /// When it answered, in microseconds since 1970 by the drill's clock.
    package let at: UInt64
    package let cluster: String
    package let primary: DatacenterID?
    /// In the order of the members: the third one is the observer.
    package let rows: [Row]

    /// Reads the answer of the node of `datacenter`; nil when it is not of the expected form.
    package init?(json: JSONValue, of datacenter: DatacenterID, at: UInt64) {
        var rows: [Row] = []
        for item in json["datacenters"]?.items ?? [] {
            guard let name = item["dc"]?.string.flatMap({ try? DatacenterID($0) }),
                let isReachable = item["reachable"]?.boolean, let commit = item["commit"]?.unsigned,
                let root = item["root"]?.string
            else { return nil }
            rows.append(
                Row(
                    datacenter: name,
                    isReachable: isReachable,
                    view: item["view"]?.unsigned ?? 0,
                    op: item["op"]?.unsigned ?? commit,
                    commit: commit,
                    root: root,
                    prefixComplete: item["prefix_complete"]?.unsigned ?? 0,
                    missingBytesCount: item["missing_bytes"]?.unsigned ?? 0,
                    roundTripMilliseconds: item["rtt_ms"]?.double,
                    trouble: item["trouble"]?.string
                )
            )
        }
        guard !rows.isEmpty, let cluster = json["cluster"]?.string else { return nil }
        self.datacenter = datacenter
        self.at = at
        self.cluster = cluster
        self.primary = json["primary"]?.string.flatMap { try? DatacenterID($0) }
        self.rows = rows
    }

    /// What the asked node says about itself.
    package var own: Row? { self.row(of: self.datacenter) }

    package func row(of datacenter: DatacenterID) -> Row? {
        self.rows.first { $0.datacenter == datacenter }
    }
}
