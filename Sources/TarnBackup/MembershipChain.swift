internal import TarnClient
internal import TarnCore
internal import TarnCrypto

/// Who belongs to a cluster: what its genesis says, and what one change of the membership after the other made of that.
struct MembershipChain: Sendable {
    private(set) var newest: Membership
    /// Whether each step was signed by a majority of those who belonged to the cluster before it.
    private(set) var isProved = true
    private let genesis: Genesis

    init(_ genesis: Genesis) {
        self.genesis = genesis
        self.newest = Membership(genesis)
    }

    /// Follows all of `changes`. A membership that is `known` needs no signature: they must lead to it. Throws
    /// ``ClientError``.
    init(_ genesis: Genesis, _ changes: [SignedReconfiguration], known: Membership? = nil) throws(ClientError) {
        self.init(genesis)
        for change in changes { try self.follow(change, known: known) }
    }

    /// Goes on to the membership that `change` begins. Throws ``ClientError`` when it is not the next one.
    mutating func follow(_ change: SignedReconfiguration, known: Membership? = nil) throws(ClientError) {
        let header = change.entry.header
        guard header.kind == .reconfigure, change.entry.isBodyValid(SHA256.self),
            let next = try? Reconfiguration(decoding: change.entry.body).membership,
            next.epoch == header.configurationEpoch, next.epoch == self.newest.epoch + 1
        else { throw ClientError(.failed, "op \(header.op) is not the next change of the membership") }
        let voters = Self.voters(of: next)
        if let known, known.epoch == next.epoch {
            guard Self.voters(of: known) == voters else {
                throw ClientError(.failed, "the membership of epoch \(next.epoch) is not the one that was given")
            }
            self.isProved = true
        } else if voters != Self.voters(of: self.newest) {
            self.isProved = self.isProved && self.isSigned(change)
        }
        self.newest = next
    }

    /// Whether a majority of the newest membership signed that `change`, the one after it, was committed.
    func isSigned(_ change: SignedReconfiguration) -> Bool {
        let header = change.entry.header
        guard let receipt = try? OfflineReceipt(json: Array(change.receipt.json.utf8)),
            receipt.receipt.op == header.op, receipt.receipt.entry == header.hash(SHA256.self)
        else { return false }
        return (try? receipt.holders(in: self.newest, of: self.genesis)) != nil
    }

    /// Whose signatures count.
    private static func voters(of membership: Membership) -> [Genesis.Member] {
        membership.members.prefix(membership.votersCount).map {
            Genesis.Member(datacenter: $0.datacenter, publicKey: $0.publicKey)
        }
    }
}
