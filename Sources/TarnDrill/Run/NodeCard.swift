package import TarnCore

/// What a node says about itself beside the cluster's status (`GET /v1/node`).
package struct NodeCard: Sendable {
    /// When the node left one view and began another, in microseconds since 1970 by the drill's clock.
    package struct ViewChange: Hashable, Sendable {
        package let view: UInt64
        package let suspectedAt: UInt64?
        package let leftAt: UInt64
        package let begunAt: UInt64?
        package let committedAt: UInt64?

        package init(view: UInt64, suspectedAt: UInt64?, leftAt: UInt64, begunAt: UInt64?, committedAt: UInt64?) {
            self.view = view
            self.suspectedAt = suspectedAt
            self.leftAt = leftAt
            self.begunAt = begunAt
            self.committedAt = committedAt
        }
    }

    package let datacenter: DatacenterID
    package let version: String
    /// How far the node's clock is ahead of the drill's, in microseconds, give or take half a round trip.
    package let clockOffsetMicroseconds: Int64
    package let members: [Genesis.Member]
    package let viewChanges: [ViewChange]

    /// Reads the answer to a request that was sent at `sentAt` and answered at `at`, by the drill's clock.
    package init?(json: JSONValue, sentAt: UInt64, at: UInt64) {
        guard let name = json["dc"]?.string.flatMap({ try? DatacenterID($0) }), let now = json["now"]?.unsigned,
            let version = json["version"]?.string
        else { return nil }
        let offset = Int64(now) - Int64(sentAt + (at - min(sentAt, at)) / 2)
        self.datacenter = name
        self.version = version
        self.clockOffsetMicroseconds = offset
        self.members = (json["members"]?.items ?? []).compactMap { item in
            guard let name = item["dc"]?.string.flatMap({ try? DatacenterID($0) }),
                let key = item["public_key"]?.string.flatMap({ Hex.decode($0.utf8) })
            else { return nil }
            return Genesis.Member(datacenter: name, publicKey: key)
        }
        func time(_ value: JSONValue?) -> UInt64? {
            value?.unsigned.map { UInt64(max(0, Int64($0) - offset)) }
        }
        self.viewChanges = (json["views"]?.items ?? []).compactMap { item in
            guard let view = item["view"]?.unsigned, let left = time(item["left_at"]) else { return nil }
            return ViewChange(
                view: view,
                suspectedAt: time(item["suspected_at"]),
                leftAt: left,
                begunAt: time(item["begun_at"]),
                committedAt: time(item["committed_at"])
            )
        }
    }
}
