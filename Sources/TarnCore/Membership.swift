/// Who belongs to a cluster, in which seat: what the genesis says, as changed by each `reconfigure` entry of the log.
///
/// A seat is a place in the rules (primary, standby, observer), a datacentre's name an identity. A name that has lost
/// its seat never gets one again, so whatever speaks under it is known to be of the past.
package struct Membership: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package let datacenter: DatacenterID
        /// The Ed25519 public key that this member's receipts are checked with.
        package let publicKey: [UInt8]
        /// `host:port` at which its peers reach it, and the URL of its API; empty where each node's own configuration
        /// says so, as it does of the members that the genesis names.
        package let peer: String
        package let api: String

        package init(datacenter: DatacenterID, publicKey: [UInt8], peer: String, api: String) {
            self.datacenter = datacenter
            self.publicKey = publicKey
            self.peer = peer
            self.api = api
        }
    }

    /// Counts configurations: 0 is the genesis'.
    package let epoch: UInt64
    /// Chosen anew when a majority was given up for lost; 0 before. Members of different lineages never speak.
    package let lineage: UInt64
    /// One or three: primary, standby, observer.
    package let members: [Member]
    /// How many of ``members``, from the first on, commit and elect: one while two others are learning the log.
    package let votersCount: Int
    /// Whether the observer may lead, when neither of the others does.
    package let isObserverElectable: Bool
    /// Names that had a seat once, oldest first.
    package let retired: [DatacenterID]

    /// Throws ``CoreError`` `malformed` when the parts do not make a membership.
    package init(
        epoch: UInt64,
        lineage: UInt64,
        members: [Member],
        votersCount: Int,
        isObserverElectable: Bool,
        retired: [DatacenterID]
    ) throws(CoreError) {
        guard members.count == 1 || members.count == 3, votersCount == 1 || votersCount == members.count else {
            throw CoreError(.malformed, "a membership of \(members.count) datacentres and \(votersCount) voters")
        }
        guard Set(members.map(\.datacenter) + retired).count == members.count + retired.count else {
            throw CoreError(.malformed, "a datacentre's name is used twice, or was given up before")
        }
        guard members.allSatisfy({ $0.publicKey.count == Genesis.Member.publicKeyBytesCount }) else {
            throw CoreError(.malformed, "an Ed25519 public key has \(Genesis.Member.publicKeyBytesCount) bytes")
        }
        guard retired.count <= Limits.retiredDatacentersMax else {
            throw CoreError(.malformed, "more than \(Limits.retiredDatacentersMax) datacentres were replaced")
        }
        self.epoch = epoch
        self.lineage = lineage
        self.members = members
        self.votersCount = votersCount
        self.isObserverElectable = isObserverElectable
        self.retired = retired
    }

    /// What a cluster begins with.
    package init(_ genesis: Genesis) {
        self.epoch = 0
        self.lineage = 0
        self.members = genesis.members.map {
            Member(datacenter: $0.datacenter, publicKey: $0.publicKey, peer: "", api: "")
        }
        self.votersCount = genesis.members.count
        self.isObserverElectable = false
        self.retired = []
    }

    /// The seat of `datacenter`, or nil.
    package func seat(of datacenter: DatacenterID) -> Int? {
        self.members.firstIndex { $0.datacenter == datacenter }
    }

    /// Whether two datacentres learn the log and do not vote yet.
    package var isLearning: Bool { self.votersCount < self.members.count }

    /// Whether the members at `seats` are a quorum of those that vote.
    package func isQuorum(_ seats: Set<Int>) -> Bool {
        2 * seats.count { $0 < self.votersCount } > self.votersCount
    }

    /// Whether this is what became of `other`. Of the same epoch, the one in which others learn the log is the newer one,
    /// and of those the one in which more were replaced.
    package func isNewer(than other: Membership) -> Bool {
        (self.epoch, self.members.count, self.retired.count) > (other.epoch, other.members.count, other.retired.count)
    }

    // MARK: Changes

    /// The same cluster of one while two others learn its log: nobody votes but the first.
    package func learning(_ learners: [Member]) throws(CoreError) -> Membership {
        guard self.members.count == 1, learners.count == 2 else {
            throw CoreError(.malformed, "a cluster of one grows by two datacentres, no other by any")
        }
        return try self.learning(members: self.members + learners)
    }

    /// The same with `newcomer` learning where another one was to, who never came: nobody voted there, so that the epoch
    /// stays.
    package func relearning(seat: Int, by newcomer: Member) throws(CoreError) -> Membership {
        guard self.members.count == 3, self.votersCount == 1, seat > 0, self.members.indices.contains(seat) else {
            throw CoreError(.malformed, "nobody learns the log in that seat")
        }
        var members = self.members
        members[seat] = newcomer
        return try self.learning(members: members, retiring: [self.members[seat].datacenter])
    }

    private func learning(members: [Member], retiring: [DatacenterID] = []) throws(CoreError) -> Membership {
        try Self.checkAddresses(members)
        return try Membership(
            epoch: self.epoch,
            lineage: self.lineage,
            members: members,
            votersCount: 1,
            isObserverElectable: self.isObserverElectable,
            retired: self.retired + retiring
        )
    }

    /// The next membership, in which the two that were learning vote.
    package func grown() throws(CoreError) -> Membership {
        guard self.members.count == 3, self.votersCount == 1 else {
            throw CoreError(.malformed, "nobody is learning the log of this cluster")
        }
        return try self.next(members: self.members)
    }

    /// The next membership, in which `newcomer` sits where `seat` is.
    package func replacing(seat: Int, by newcomer: Member) throws(CoreError) -> Membership {
        guard self.members.count == 3, self.votersCount == 3, self.members.indices.contains(seat) else {
            throw CoreError(.malformed, "only a datacentre of three can be replaced")
        }
        var members = self.members
        members[seat] = newcomer
        try Self.checkAddresses(members)
        return try self.next(members: members, retiring: [self.members[seat].datacenter])
    }

    /// The next membership, in which the observer may lead or may not.
    package func electingObserver(_ isElectable: Bool) throws(CoreError) -> Membership {
        guard self.members.count == 3, self.votersCount == 3 else {
            throw CoreError(.malformed, "a cluster of one has no observer")
        }
        return try self.next(members: self.members, isObserverElectable: isElectable)
    }

    /// The next membership after a majority was lost for good: whoever sits in `seat` alone, in a lineage of its own.
    package func recovered(seat: Int, lineage: UInt64) throws(CoreError) -> Membership {
        guard self.members.indices.contains(seat) else { throw CoreError(.malformed, "there is no seat \(seat)") }
        let others = self.members.indices.filter { $0 != seat }.map { self.members[$0].datacenter }
        return try self.next(members: [self.members[seat]], lineage: lineage, retiring: others)
    }

    /// Whoever joins is reached where nobody else is. Not looked at in what the log has accepted already; members of the
    /// genesis have no addresses here.
    private static func checkAddresses(_ members: [Member]) throws(CoreError) {
        var seen: Set<String> = []
        for member in members where !member.peer.isEmpty {
            guard seen.insert(member.peer).inserted else {
                throw CoreError(.malformed, "address \(member.peer) is given for two datacentres")
            }
        }
    }

    private func next(
        members: [Member],
        lineage: UInt64? = nil,
        isObserverElectable: Bool? = nil,
        retiring: [DatacenterID] = []
    ) throws(CoreError) -> Membership {
        try Membership(
            epoch: self.epoch + 1,
            lineage: lineage ?? self.lineage,
            members: members,
            votersCount: members.count,
            isObserverElectable: isObserverElectable ?? (members.count == 3 && self.isObserverElectable),
            retired: self.retired + retiring
        )
    }
}

// The canonical form, part of a `reconfigure` entry and of the file `membership.bin`.
extension Membership {
    private static let version: UInt8 = 1

    /// `version, epoch, lineage, voters, electable, count, (name, key, peer, api)…, count, retired name…`
    package func encoded() -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: 512)
        writer.write(byte: Self.version)
        writer.write(self.epoch)
        writer.write(self.lineage)
        writer.write(byte: UInt8(self.votersCount))
        writer.write(byte: self.isObserverElectable ? 1 : 0)
        writer.write(count: self.members.count)
        for member in self.members {
            writer.write(member.datacenter.name)
            writer.write(raw: member.publicKey)
            writer.write(member.peer)
            writer.write(member.api)
        }
        writer.write(count: self.retired.count)
        for datacenter in self.retired { writer.write(datacenter.name) }
        return writer.bytes
    }

    /// Throws ``CoreError`` `malformed` when `bytes` are not what ``encoded()`` gives for any membership.
    package init(decoding bytes: [UInt8]) throws(CoreError) {
        var reader = CanonicalReader(bytes)
        let version = try reader.readByte()
        guard version == Self.version else { throw CoreError(.malformed, "membership of unknown version \(version)") }
        let (epoch, lineage) = (try reader.readUInt64(), try reader.readUInt64())
        let votersCount = Int(try reader.readByte())
        let electable = try reader.readByte()
        guard electable <= 1 else { throw CoreError(.malformed, "flag \(electable) is neither 0 nor 1") }
        var members: [Member] = []
        for _ in 0..<(try reader.readCount(max: 3)) {
            members.append(
                Member(
                    datacenter: try DatacenterID(reader.readString(max: Limits.datacenterNameBytesMax)),
                    publicKey: Array(try reader.readRaw(count: Genesis.Member.publicKeyBytesCount)),
                    peer: try reader.readString(max: Limits.addressBytesMax),
                    api: try reader.readString(max: Limits.addressBytesMax)
                )
            )
        }
        var retired: [DatacenterID] = []
        for _ in 0..<(try reader.readCount(max: Limits.retiredDatacentersMax)) {
            retired.append(try DatacenterID(reader.readString(max: Limits.datacenterNameBytesMax)))
        }
        try reader.expectEnd()
        try self.init(
            epoch: epoch,
            lineage: lineage,
            members: members,
            votersCount: votersCount,
            isObserverElectable: electable == 1,
            retired: retired
        )
    }
}
