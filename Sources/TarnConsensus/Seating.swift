package import TarnCore

/// As much of a ``Membership`` as the rules of the protocol depend on; names and addresses are the shell's.
package struct Seating: Hashable, Sendable {
    package let epoch: UInt64
    /// Who commits and elects.
    package let voters: MemberSet
    package let isObserverElectable: Bool

    package init(epoch: UInt64 = 0, voters: MemberSet, isObserverElectable: Bool = false) {
        self.epoch = epoch
        self.voters = voters
        self.isObserverElectable = isObserverElectable
    }

    package init(_ membership: Membership) {
        self.init(
            epoch: membership.epoch,
            voters: MemberSet(Array(0..<membership.votersCount)),
            isObserverElectable: membership.isObserverElectable
        )
    }
}
