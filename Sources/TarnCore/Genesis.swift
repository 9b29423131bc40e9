/// Op 0: what a cluster is from its first moment, byte-identical in every data folder.
package struct Genesis: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        /// Bytes of an Ed25519 public key.
        package static let publicKeyBytesCount = 32

        package let datacenter: DatacenterID
        /// The Ed25519 public key that this member's acknowledgements are checked with.
        package let publicKey: [UInt8]

        package init(datacenter: DatacenterID, publicKey: [UInt8]) {
            self.datacenter = datacenter
            self.publicKey = publicKey
        }
    }

    /// How many durable copies commit an op.
    package enum Policy: UInt8, Sendable {
        /// Any two of three members.
        case any2 = 0
        /// The primary and the standby.
        case bothPrimaries = 1
    }

    /// 16 random bytes that name the cluster.
    package let clusterID: [UInt8]
    /// 16 random bytes that key the boundaries of the Merkle index (``SipHash``), so that no user can choose them.
    package let boundaryKey: [UInt8]
    /// One or three members; their order gives primary, standby and observer.
    package let members: [Member]
    package let policy: Policy
    /// Microseconds since 1970.
    package let createdAtMicroseconds: UInt64
    /// SHA-256 of the first admin token's 256 random bits.
    package let adminTokenHash: Digest

    /// Throws ``CoreError`` with code `malformed` when the parts do not make a cluster.
    package init(
        clusterID: [UInt8],
        boundaryKey: [UInt8],
        members: [Member],
        policy: Policy,
        createdAtMicroseconds: UInt64,
        adminTokenHash: Digest
    ) throws(CoreError) {
        guard clusterID.count == 16, boundaryKey.count == 16 else {
            throw CoreError(.malformed, "cluster id and boundary key have 16 bytes each")
        }
        guard members.count == 1 || members.count == 3 else {
            throw CoreError(.malformed, "a cluster has one or three datacentres, not \(members.count)")
        }
        guard Set(members.map(\.datacenter)).count == members.count else {
            throw CoreError(.malformed, "two datacentres have the same name")
        }
        guard members.allSatisfy({ $0.publicKey.count == Member.publicKeyBytesCount }) else {
            throw CoreError(.malformed, "an Ed25519 public key has \(Member.publicKeyBytesCount) bytes")
        }
        self.clusterID = clusterID
        self.boundaryKey = boundaryKey
        self.members = members
        self.policy = policy
        self.createdAtMicroseconds = createdAtMicroseconds
        self.adminTokenHash = adminTokenHash
    }

    package var clusterName: String { Hex.encode(self.clusterID) }

    /// `version, cluster id, boundary key, policy, created, admin token hash, count, (name, public key)…`
    package func encoded() -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: 256)
        writer.write(byte: Self.version)
        writer.write(raw: self.clusterID)
        writer.write(raw: self.boundaryKey)
        writer.write(byte: self.policy.rawValue)
        writer.write(self.createdAtMicroseconds)
        writer.write(self.adminTokenHash)
        writer.write(count: self.members.count)
        for member in self.members {
            writer.write(member.datacenter.name)
            writer.write(raw: member.publicKey)
        }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(CoreError) {
        var reader = CanonicalReader(bytes)
        let version = try reader.readByte()
        guard version == Self.version else { throw CoreError(.malformed, "genesis of unknown version \(version)") }
        let clusterID = Array(try reader.readRaw(count: 16))
        let boundaryKey = Array(try reader.readRaw(count: 16))
        let rawPolicy = try reader.readByte()
        guard let policy = Policy(rawValue: rawPolicy) else {
            throw CoreError(.malformed, "unknown policy \(rawPolicy)")
        }
        let createdAt = try reader.readUInt64()
        let adminTokenHash = try reader.readDigest()
        let count = try reader.readCount(max: 3)
        var members: [Member] = []
        for _ in 0..<count {
            let name = try reader.readString(max: Limits.datacenterNameBytesMax)
            members.append(
                Member(
                    datacenter: try DatacenterID(name),
                    publicKey: Array(try reader.readRaw(count: Member.publicKeyBytesCount))
                )
            )
        }
        try reader.expectEnd()
        try self.init(
            clusterID: clusterID,
            boundaryKey: boundaryKey,
            members: members,
            policy: policy,
            createdAtMicroseconds: createdAt,
            adminTokenHash: adminTokenHash
        )
    }

    private static let version: UInt8 = 1
}
