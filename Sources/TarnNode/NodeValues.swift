package import TarnCore
package import TarnCrypto
package import TarnMerkle

/// A committed, immutable state of the namespace.
package struct Snapshot: Sendable {
    package let op: Op
    package let timestampMicroseconds: UInt64
    package let tree: MerkleTree<SHA256>

    package init(op: Op, timestampMicroseconds: UInt64, tree: MerkleTree<SHA256>) {
        self.op = op
        self.timestampMicroseconds = timestampMicroseconds
        self.tree = tree
    }

    package var root: Digest { self.tree.root }
}

/// The answer to a committed write.
package struct CommitReceipt: Hashable, Sendable {
    package let op: Op
    package let root: Digest
    /// Changes left after those equal to the present entry were dropped; 0 means that nothing was ordered.
    package let changesCount: Int
    package let closureCount: UInt64
    package let closureBytesCount: UInt64
    /// The datacentres known to hold the op and its blobs when it committed.
    package let durableAt: [DatacenterID]

    package init(
        op: Op,
        root: Digest,
        changesCount: Int,
        closureCount: UInt64,
        closureBytesCount: UInt64,
        durableAt: [DatacenterID]
    ) {
        self.op = op
        self.root = root
        self.changesCount = changesCount
        self.closureCount = closureCount
        self.closureBytesCount = closureBytesCount
        self.durableAt = durableAt
    }
}

package struct StagedBlobs: Sendable {
    package let addresses: [BlobAddress]
    package let newCount: Int
    /// Bytes that the new blobs took in the segments, record headers included.
    package let newStoredBytesCount: UInt64

    package init(addresses: [BlobAddress], newCount: Int, newStoredBytesCount: UInt64) {
        self.addresses = addresses
        self.newCount = newCount
        self.newStoredBytesCount = newStoredBytesCount
    }
}

package struct VerifyReport: Hashable, Sendable {
    package let op: Op
    /// Root recomputed from the entries, and the root that the log names for `op`.
    package let recomputedRoot: Digest
    package let expectedRoot: Digest
    package let blobCount: UInt64
    package let rawBytesCount: UInt64
    /// Blobs that do not decode, do not hash to their address or are missing, with the paths that need them.
    package let bad: [BadBlob]

    package struct BadBlob: Hashable, Sendable {
        package let address: BlobAddress
        package let reason: String
        package let paths: [NamespacePath]

        package init(address: BlobAddress, reason: String, paths: [NamespacePath]) {
            self.address = address
            self.reason = reason
            self.paths = paths
        }
    }

    package init(
        op: Op,
        recomputedRoot: Digest,
        expectedRoot: Digest,
        blobCount: UInt64,
        rawBytesCount: UInt64,
        bad: [BadBlob]
    ) {
        self.op = op
        self.recomputedRoot = recomputedRoot
        self.expectedRoot = expectedRoot
        self.blobCount = blobCount
        self.rawBytesCount = rawBytesCount
        self.bad = bad
    }

    package var isSound: Bool { self.bad.isEmpty && self.recomputedRoot == self.expectedRoot }
}

/// Who a bearer token stands for.
package struct Principal: Hashable, Sendable {
    package enum Scope: String, Sendable, CaseIterable {
        case read
        case write
        case admin
    }

    /// At most ``Limits/authorBytesMax`` bytes: the author of what it changes.
    package let name: String
    package let scope: Scope
    /// Empty: the whole namespace. Otherwise only path routes at or below these.
    package let paths: [NamespacePath]
    /// The id of the token that was shown; empty for a bearer without one, such as another node.
    package let tokenID: String
    package let limits: TokenLimits

    package init(
        name: String,
        scope: Scope,
        paths: [NamespacePath],
        tokenID: String = "",
        limits: TokenLimits = TokenLimits()
    ) {
        self.name = name
        self.scope = scope
        self.paths = paths
        self.tokenID = tokenID
        self.limits = limits
    }

    /// Whether this is another node of the cluster, not a client.
    package var isNode: Bool { self.tokenID.isEmpty && self.name.hasPrefix(NodeCredential.authorPrefix) }
}

/// `GET /v1/status`.
package struct ClusterStatus: Sendable {
    package let cluster: String
    /// The primary's datacentre, or nil when none is known.
    package let primary: DatacenterID?
    /// False for a cluster of one datacentre.
    package let isMirrored: Bool
    package let datacenters: [Datacenter]

    package struct Datacenter: Sendable {
        package let datacenter: DatacenterID
        package let role: Role
        package let url: String
        package let isReachable: Bool
        package let view: View
        package let op: Op
        package let commit: Op
        package let root: Digest
        package let prefixComplete: Op
        package let lagOps: UInt64
        package let missingBytesCount: UInt64
        /// Nil for this node itself and for a peer not heard from.
        package let roundTripMilliseconds: Double?
        /// How long nothing could be written if this datacentre were lost now; nil when nothing could be until another
        /// one came back.
        package var predictedRecoveryMilliseconds: UInt64?
        /// Acknowledged change sets that would be lost with it.
        package var predictedLostOps: UInt64 = 0
        /// Bytes that this node has sent to it since it started, before encryption; nil for this node itself.
        package let sentBytesCount: UInt64?
        /// Why it does not serve or write, or nil.
        package let trouble: String?

        package init(
            datacenter: DatacenterID,
            role: Role,
            url: String,
            isReachable: Bool,
            view: View,
            op: Op,
            commit: Op,
            root: Digest,
            prefixComplete: Op,
            lagOps: UInt64,
            missingBytesCount: UInt64,
            roundTripMilliseconds: Double?,
            sentBytesCount: UInt64? = nil,
            trouble: String?
        ) {
            self.datacenter = datacenter
            self.role = role
            self.url = url
            self.isReachable = isReachable
            self.view = view
            self.op = op
            self.commit = commit
            self.root = root
            self.prefixComplete = prefixComplete
            self.lagOps = lagOps
            self.missingBytesCount = missingBytesCount
            self.roundTripMilliseconds = roundTripMilliseconds
            self.sentBytesCount = sentBytesCount
            self.trouble = trouble
        }
    }

    package init(cluster: String, primary: DatacenterID?, isMirrored: Bool, datacenters: [Datacenter]) {
        self.cluster = cluster
        self.primary = primary
        self.isMirrored = isMirrored
        self.datacenters = datacenters
    }
}
