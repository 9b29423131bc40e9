package import TarnCore

/// Which durable copies commit an op.
package struct Quorum: Hashable, Sendable {
    /// These members must hold it…
    private let required: MemberSet
    /// …and so many in all.
    private let count: Int

    /// The rule of `policy` in a cluster of `memberCount`; a cluster of one is its own quorum.
    package init(memberCount: Int, policy: Genesis.Policy) {
        switch (memberCount, policy) {
        case (1, _): self.init(required: .empty, count: 1)
        case (_, .any2): self.init(required: .empty, count: 2)
        case (_, .bothPrimaries): self.init(required: MemberSet([0, 1]), count: 2)
        }
    }

    /// Any `count` members among which are the `required` ones.
    package init(required: MemberSet, count: Int) {
        self.required = required
        self.count = count
    }

    /// Whether copies at `holders` are enough.
    package func isSatisfied(by holders: MemberSet) -> Bool {
        holders.count >= self.count && holders.isSuperset(of: self.required)
    }
}

/// What a replica is told about its cluster and never finds out by itself.
package struct ReplicaConfiguration: Hashable, Sendable {
    /// One, or three: primary, standby, observer.
    package let memberCount: Int
    /// This member's index.
    package let own: Int
    package let quorum: Quorum
    /// Chosen anew by every start of the process, so that an answer to an earlier one is told apart.
    package let session: UInt64
    /// How long the primary may be silent, in ticks: at least 10 round trips.
    package let suspectTicks: UInt64
    /// How many members must deny an entry before a view change drops it; only a simulator that looks for the
    /// consequences asks for fewer.
    package let denials: Int
    /// Who commits and elects, as far as it is committed when the replica starts.
    package let seating: Seating
    /// Rules that are left out on purpose; only a simulator that looks for the consequences names any.
    package let flaws: Set<Flaw>

    /// A rule that a replica does not keep.
    package enum Flaw: Hashable, Sendable {
        /// Whoever was replaced is still heard until the change is committed.
        case hearsReplaced
        /// A change of the membership is committed by the copies that sufficed before it.
        case commitsByOldQuorum
        /// A cluster grows before the others hold its log.
        case growsUnprepared
        /// Whoever only learns the log votes.
        case learnersVote
        /// A primary that starts again goes on in the view that it led.
        case resumesView
    }

    /// `own` is an index below `memberCount`, which is 1 or 3.
    package init(
        memberCount: Int,
        own: Int,
        policy: Genesis.Policy,
        session: UInt64 = 0,
        suspectTicks: UInt64 = Timeouts.suspectTicks,
        seating: Seating? = nil
    ) {
        let quorum = Quorum(memberCount: memberCount, policy: policy)
        self.init(
            memberCount: memberCount,
            own: own,
            quorum: quorum,
            session: session,
            suspectTicks: suspectTicks,
            seating: seating
        )
    }

    /// The same with a commit rule of the caller's, and a rule of its own for what a view change drops.
    package init(
        memberCount: Int,
        own: Int,
        quorum: Quorum,
        session: UInt64 = 0,
        suspectTicks: UInt64 = Timeouts.suspectTicks,
        denials: Int = 2,
        seating: Seating? = nil,
        flaws: Set<Flaw> = []
    ) {
        precondition(memberCount == 1 || memberCount == 3, "a cluster of \(memberCount)")
        precondition((0..<memberCount).contains(own), "member \(own) of a cluster of \(memberCount)")
        self.memberCount = memberCount
        self.own = own
        self.quorum = quorum
        self.session = session
        self.suspectTicks = suspectTicks
        self.denials = denials
        self.seating = seating ?? Seating(voters: MemberSet(Array(0..<memberCount)))
        self.flaws = flaws
    }
}
