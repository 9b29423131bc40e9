import TarnCore
import TarnNode

/// A cluster of one that stays what it is.
extension FakeNode {
    var members: [Genesis.Member] {
        self.membership.members.map { Genesis.Member(datacenter: $0.datacenter, publicKey: $0.publicKey) }
    }
    var memberAddresses: [MemberAddress] { [] }
    func teach(_ learners: Membership) async throws { throw NodeError(.conflict, "nobody can be taught here") }
    func reconfigure(_ change: Reconfiguration) async throws { throw NodeError(.conflict, "nothing changes here") }
    func failOver() async throws { throw NodeError(.conflict, "nobody else can lead") }
}
