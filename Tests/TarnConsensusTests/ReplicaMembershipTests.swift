import TarnCore
import TarnTestKit
import Testing

@testable import TarnConsensus

/// How the membership changes: who has to hold what before, who is heard meanwhile, and what commits it.
@Suite
struct ReplicaMembershipTests {
    private static func members(_ numbers: [Int]) -> [Membership.Member] {
        numbers.map {
            Membership.Member(
                datacenter: TestLog.datacenter($0),
                publicKey: [UInt8](repeating: UInt8($0), count: 32),
                peer: "",
                api: ""
            )
        }
    }

    private static func membership(votersCount: Int = 3, epoch: UInt64 = 0) throws -> Membership {
        try Membership(
            epoch: epoch,
            lineage: 0,
            members: self.members([0, 1, 2]),
            votersCount: votersCount,
            isObserverElectable: false,
            retired: []
        )
    }

    private static func replacement(of seat: Int) throws -> Reconfiguration {
        Reconfiguration(
            .replace(seat: seat),
            try self.membership().replacing(seat: seat, by: self.members([4])[0])
        )
    }

    private static func growth() throws -> Reconfiguration {
        Reconfiguration(.grow, try self.membership(votersCount: 1).grown())
    }

    private static func entry(_ change: Reconfiguration, after parent: LogHeader, view: UInt64 = 0) -> LogEntry {
        let body = change.encoded()
        let header = LogHeader(
            op: parent.op.next,
            view: View(view),
            kind: .reconfigure,
            configurationEpoch: change.membership.epoch,
            timestampMicroseconds: parent.timestampMicroseconds + 1,
            author: "test",
            request: TestLog.request("membership", change.membership.epoch),
            parent: TestLog.hash(parent),
            root: .zero,
            body: Digest(words: 1, 2, 3, 4),
            bodyBytesCount: UInt64(body.count),
            closureCount: 0,
            closureBytesCount: 0
        )
        return LogEntry(header: header, body: body)
    }

    /// A replica with a seating of its own, started and, as the primary, in touch with the others.
    private static func driver(
        own: Int,
        votersCount: Int = 3,
        recovered: RecoveredLog = ReplicaDriver.recovered(TestLog(), commit: 0)
    ) throws -> ReplicaDriver {
        var driver = try ReplicaDriver(
            own: own,
            recovered: recovered,
            seating: Seating(try self.membership(votersCount: votersCount)),
            flaws: own == 0 ? [.resumesView] : []
        )
        driver.step(.start)
        if own == 0 {
            for member in 1...2 { driver.hear(member) }
            driver.step(.tick)
        }
        return driver
    }

    @Test
    func `while others learn, one alone commits, and they are sent everything`() throws {
        var primary = try Self.driver(own: 0, votersCount: 1)
        let log = TestLog(count: 1)
        primary.act(.submit(log[1]))
        let out = primary.durable(log[1])
        #expect(out.contains(.commit(through: Op(1))))
        #expect(primary.replica.isPrimary)
        #expect(!primary.pass(2_000).contains { if case .follow = $0 { true } else { false } })
    }

    @Test
    func `a learner wants no other primary, and has no say in who leads`() throws {
        var learner = try Self.driver(own: 1, votersCount: 1)
        let silence = learner.pass(3_000)
        #expect(!silence.contains { if case .send(_, .exitView) = $0 { true } else { false } })
        let out = learner.act(.message(from: 2, .exitView(view: View(0))))
        #expect(out.isEmpty)
        #expect(learner.replica.view == View(0))
    }

    @Test
    func `a cluster grows once the others hold everything, and by the copies of two`() throws {
        var primary = try Self.driver(own: 0, votersCount: 1)
        let log = TestLog(count: 1)
        primary.act(.submit(log[1]))
        primary.durable(log[1])
        let change = try Self.growth()
        #expect(primary.act(.reconfigure(change)) == [])
        #expect(primary.replica.canSubmit == .changingView(View(0)), "nothing else is admitted meanwhile")
        primary.step(.peerHead(member: 1, head: ReplicaDriver.head(1, op: 1, commit: 1), isDirect: true))
        let out = primary.act(
            .peerHead(member: 2, head: ReplicaDriver.head(2, op: 1, commit: 1), isDirect: true)
        )
        #expect(out.contains(.orderReconfiguration(change)))
        let entry = Self.entry(change, after: log[1].header)
        #expect(primary.act(.submit(entry)).contains(.persist(entry)))
        #expect(!primary.durable(entry).contains(.commit(through: Op(2))), "its own copy is not enough any more")
        let committed = primary.acknowledge([entry], from: 1)
        #expect(committed.contains(.commit(through: Op(2))))
        #expect(committed.contains(.reconfigured(at: Op(2))))
        #expect(primary.replica.voters == MemberSet([0, 1, 2]))
    }

    @Test
    func `a change that its preparers never hold is given up`() throws {
        var primary = try Self.driver(own: 0, votersCount: 1)
        let log = TestLog(count: 1)
        primary.act(.submit(log[1]))
        primary.durable(log[1])
        primary.act(.reconfigure(try Self.growth()))
        let out = primary.pass(Int(Timeouts.handoverTicks) + 1)
        #expect(out.contains { if case .reconfigurationRefused = $0 { true } else { false } })
        primary.hear(1)
        #expect(primary.replica.canSubmit == .ready)
    }

    @Test
    func `a member that has the entry hears neither who was replaced nor who replaces, until it is committed`() throws {
        let log = TestLog(count: 1)
        var backup = try ReplicaDriver.backup(2)
        backup.prepare(log[1])
        backup.durable(log[1])
        let change = try Self.replacement(of: 1)
        let entry = Self.entry(change, after: log[1].header)
        backup.prepare(entry, commit: 1)
        backup.durable(entry)
        #expect(backup.act(.message(from: 1, .exitView(view: View(0)))) == [])
        #expect(backup.replica.view == View(0))
        let ahead = ReplicaDriver.head(1, view: 7, op: 9, commit: 9)
        #expect(backup.act(.peerHead(member: 1, head: ahead, isDirect: true)) == [])
        #expect(backup.replica.view == View(0), "not by gossip either")
        let out = backup.act(.message(from: 0, .heartbeat(view: View(0), commit: Op(2))))
        #expect(out.contains(.reconfigured(at: Op(2))))
        #expect(backup.replica.epoch == 1)
        backup.act(.peerHead(member: 1, head: ahead, isDirect: true))
        #expect(backup.replica.view == View(0), "whoever speaks there may still be the old one")
        backup.act(.seated(1))
        backup.act(.peerHead(member: 1, head: ahead, isDirect: true))
        #expect(backup.replica.view == View(7), "from then on the new one is heard")
    }

    @Test
    func `a replacement is committed by both who stay, and by nobody else`() throws {
        var primary = try Self.driver(own: 0)
        let change = try Self.replacement(of: 1)
        let out = primary.act(.reconfigure(change))
        #expect(out.contains(.orderReconfiguration(change)), "nothing was ordered before")
        let entry = Self.entry(change, after: TestLog.genesis)
        primary.act(.submit(entry))
        let sent = primary.durable(entry)
        #expect(!sent.contains { if case .send(to: 1, _) = $0 { true } else { false } }, "nothing goes to the old one")
        #expect(primary.acknowledge([entry], from: 1) == [])
        #expect(primary.acknowledge([entry], from: 2).contains(.reconfigured(at: Op(1))))
    }

    @Test
    func `a replacement that a view change drops brings the old one back`() throws {
        let change = try Self.replacement(of: 1)
        let entry = Self.entry(change, after: TestLog.genesis)
        var deposed = try ReplicaDriver.backup(2)
        deposed.prepare(entry)
        deposed.act(.stored(through: TestLog.acknowledgement(entry)))
        #expect(deposed.replica.epoch == 1)
        let base = Message.Acknowledgement(op: .genesis, entry: TestLog.hash(TestLog.genesis))
        let log = CanonicalLog(view: View(2), base: base, suffix: [])
        deposed.act(.message(from: 0, .view(log, session: 0)))
        deposed.act(.viewPersisted(View(2)))
        deposed.act(.installed(view: View(2)))
        #expect(deposed.replica.epoch == 0)
        #expect(deposed.replica.head == .genesis)
        deposed.act(.message(from: 1, .exitView(view: View(2))))
        #expect(deposed.act(.message(from: 0, .exitView(view: View(2)))).contains(.follow(View(3))))
    }

    /// From which view the next one that a member leads is looked for, whether the observer may lead, and what is
    /// found.
    struct Turn: Sendable {
        let from: UInt64
        let member: Int
        let isElectable: Bool
        let next: UInt64?
    }

    private static let allLead = View.allLead.number
    static let turns: [Turn] = [
        Turn(from: 0, member: 0, isElectable: false, next: 2),
        Turn(from: 0, member: 1, isElectable: false, next: 1),
        Turn(from: 5, member: 2, isElectable: false, next: nil),
        Turn(from: 5, member: 1, isElectable: true, next: allLead),
        Turn(from: 5, member: 2, isElectable: true, next: allLead + 1),
        Turn(from: 5, member: 0, isElectable: true, next: allLead + 2),
        Turn(from: allLead + 1, member: 2, isElectable: true, next: allLead + 4),
        Turn(from: allLead, member: 1, isElectable: false, next: allLead + 3),
    ]

    @Test(arguments: Self.turns)
    func `the observer's turn comes only in views that nobody enters before it may lead`(turn: Turn) {
        let next = View(turn.from).next(ledBy: turn.member, isObserverElectable: turn.isElectable)
        #expect(next == turn.next.map { View($0) })
        #expect(next.map(\.primaryIndex) == turn.next.map { _ in turn.member })
    }

    @Test
    func `a member that starts with two changes in its log knows that the first one is committed`() throws {
        // Otherwise both other seats would be vacant, and nobody left to tell it so.
        let first = try Self.replacement(of: 1)
        let change = Reconfiguration(
            .replace(seat: 2),
            try first.membership.replacing(seat: 2, by: Self.members([5])[0])
        )
        let entry = Self.entry(first, after: TestLog.genesis)
        let next = Self.entry(change, after: entry.header)
        let recovered = RecoveredLog(
            view: View(0),
            logView: View(0),
            committed: TestLog.genesis,
            suffix: [entry, next].map { RecoveredLog.Suffix(entry: $0, isAcknowledged: true) }
        )
        var driver = try Self.driver(own: 0, recovered: recovered)
        #expect(driver.replica.commit == Op(1))
        #expect(driver.replica.seating.epoch == 1 && driver.replica.epoch == 2)
        driver.act(.seated(1))
        #expect(driver.acknowledge([next], from: 1).contains(.reconfigured(at: Op(2))))
    }

    @Test
    func `two who do not want the primary leave it, one alone does not`() throws {
        var backup = try ReplicaDriver.backup(1)
        backup.act(.message(from: 0, .heartbeat(view: View(0), commit: .genesis)))
        backup.act(.distrustPrimary)
        let out = backup.pass(2)
        #expect(out.contains(.send(to: 2, .exitView(view: View(0)))))
        #expect(backup.replica.view == View(0))
        #expect(backup.act(.message(from: 2, .exitView(view: View(0)))).contains(.follow(View(1))))
    }

    @Test
    func `one that may have forgotten something follows others into a view, and goes ahead only with all`() throws {
        let recovered = RecoveredLog(
            view: View(1),
            logView: View(0),
            committed: TestLog.genesis,
            suffix: [],
            isTrusted: false
        )
        // Member 0 is not heard here, and may be about to lead view 2 with the vote of member 2.
        var doubtful = try ReplicaDriver.backup(1, recovered: recovered)
        let complaint = doubtful.pass(Int(Timeouts.viewChangeTicks) + 1)
        #expect(complaint.contains(.send(to: 2, .exitView(view: View(1)))))
        doubtful.act(.message(from: 2, .exitView(view: View(1))))
        #expect(doubtful.replica.view == View(1))
        doubtful.act(.message(from: 0, .exitView(view: View(1))))
        #expect(doubtful.replica.view == View(2))
    }

    @Test
    func `a change of who may lead is announced once it is committed, one of who votes at once`() throws {
        let present = try Self.membership()
        let election = Reconfiguration(.electObserver, try present.electingObserver(true))
        let changes: [(change: Reconfiguration, announced: UInt64)] = [(election, 0), (try Self.replacement(of: 2), 1)]
        for (change, announced) in changes {
            let entry = Self.entry(change, after: TestLog.genesis)
            var backup = try ReplicaDriver.backup(1)
            backup.prepare(entry)
            backup.durable(entry)
            #expect(backup.replica.epoch == 1)
            #expect(backup.replica.announcedEpoch == announced)
            backup.act(.message(from: 0, .heartbeat(view: View(0), commit: Op(1))))
            #expect(backup.replica.announcedEpoch == 1)
        }
    }

    /// A view whose members had forgotten the growth, though it made them voters: nothing but its primary is one now.
    private static func lostLead(own: Int) throws -> ReplicaDriver {
        let recovered = RecoveredLog(view: View(1), logView: View(1), committed: TestLog.genesis, suffix: [])
        return try self.driver(own: own, votersCount: 1, recovered: recovered)
    }

    @Test
    func `whoever alone commits takes the lead back from a member that only learns`() throws {
        var voter = try Self.lostLead(own: 0)
        #expect(voter.replica.view == View(2), "at its first tick")
        voter.act(.viewPersisted(View(2)))
        let base = Message.Acknowledgement(op: .genesis, entry: TestLog.hash(TestLog.genesis))
        let vote = Vote(logView: View(1), commit: base, suffix: [], faults: [], isTrusted: true, session: 0)
        let out = voter.act(.message(from: 1, .joinView(view: View(2), vote: vote)))
        #expect(out.contains(.install(view: View(2), after: .genesis, entries: [], head: base)))
        #expect(voter.act(.installed(view: View(2))).contains(.lead(View(2))))
        #expect(voter.pass(2_000).allSatisfy { if case .follow = $0 { false } else { true } })
    }

    @Test
    func `whoever alone commits does not wait in a view that nobody can begin`() throws {
        // It knows of the growth; the others forgot it, and want nothing any more.
        let entry = Self.entry(try Self.growth(), after: TestLog.genesis)
        let recovered = RecoveredLog(
            view: View(1),
            logView: View(0),
            committed: TestLog.genesis,
            suffix: [RecoveredLog.Suffix(entry: entry, isAcknowledged: true)]
        )
        var voter = try Self.driver(own: 0, votersCount: 1, recovered: recovered)
        #expect(voter.replica.voters.count == 3)
        #expect(voter.pass(Int(Timeouts.viewChangeTicks) + 1).contains(.follow(View(2))))
    }

    @Test
    func `a member that only learns does not make others voters when it leads`() throws {
        var learner = try Self.lostLead(own: 1)
        for member in [0, 2] {
            learner.step(
                .peerHead(member: member, head: ReplicaDriver.head(member, view: 1, op: 0, commit: 0), isDirect: true)
            )
        }
        #expect(learner.replica.canSubmit == .ready)
        let out = learner.act(.reconfigure(try Self.growth()))
        #expect(out.contains { if case .reconfigurationRefused = $0 { true } else { false } })
    }

    @Test
    func `a member that only learns reads nothing by its own word when it leads`() throws {
        var learner = try Self.lostLead(own: 1)
        for member in [0, 2] {
            learner.step(
                .peerHead(member: member, head: ReplicaDriver.head(member, view: 1, op: 0, commit: 0), isDirect: true)
            )
        }
        let answer = Replica.Output.readable(nonce: 7, op: .genesis)
        #expect(!learner.act(.read(nonce: 7)).contains(answer))
        let confirmation = Message.readOk(view: learner.replica.view, nonce: 7)
        #expect(!learner.act(.message(from: 2, confirmation)).contains(answer), "who has no vote either")
        #expect(learner.act(.message(from: 0, confirmation)).contains(answer))
    }

    /// The growth is committed by the two others, and did not come to the one whose turn it is to lead.
    @Test
    func `a member that only learns is told of the growth by whoever waits for it`() throws {
        let log = TestLog(count: 1)
        let growth = Self.entry(try Self.growth(), after: log[1].header)
        let next = TestLog.entry(after: growth.header)
        let recovered = RecoveredLog(
            view: View(0),
            logView: View(0),
            committed: log[1].header,
            suffix: [RecoveredLog.Suffix(entry: TestLog.entry(after: log[1].header, body: [9]), isAcknowledged: true)]
        )
        var learner = try Self.driver(own: 1, votersCount: 1, recovered: recovered)
        let commit = TestLog.acknowledgement(growth)
        let vote = Vote(logView: View(2), commit: commit, suffix: [], faults: [], isTrusted: true, session: 0)
        let join = Replica.Input.message(from: 2, .joinView(view: View(3), vote: vote))
        let ask = Replica.Output.send(to: 2, .getEntries(after: Op(1)))
        #expect(!learner.act(join).contains(ask), "not before it is on disk that it left the old view")
        learner.act(.viewPersisted(View(3)))
        #expect(learner.act(join) == [ask])
        #expect(learner.act(join) == [])
        let page = Message.entries(view: View(3), logView: View(2), entries: [growth, next], commit: Op(2))
        let taken = learner.act(.message(from: 2, page))
        #expect(taken == [.truncate(to: log.acknowledgement(1)), .persist(growth)])
        let done = learner.act(.stored(through: commit))
        #expect(done.contains(.commit(through: Op(2))) && done.contains(.reconfigured(at: Op(2))))
        let lead = learner.act(join)
        #expect(lead.contains(.install(view: View(3), after: Op(2), entries: [], head: commit)))
    }
}
