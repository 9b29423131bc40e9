import TarnCore
import TarnTestKit
import Testing

@testable import TarnConsensus

@Suite
struct ReplicaPrimaryTests {
    private let log = TestLog(count: 70)

    @Test
    func `a cluster of one commits what is on its own disk`() throws {
        var primary = try ReplicaDriver.primary(memberCount: 1)
        #expect(primary.replica.canSubmit == .ready)
        #expect(primary.act(.submit(self.log[1])) == [.persist(self.log[1])])
        #expect(primary.durable(self.log[1]) == [.commit(through: Op(1))])
    }

    @Test
    func `before anything is committed, Prepares wait for the primary's own disk`() throws {
        var primary = try ReplicaDriver.primary()
        for op in 1...3 { #expect(primary.act(.submit(self.log[UInt64(op)])) == [.persist(self.log[UInt64(op)])]) }
        #expect(primary.durable(self.log[2]) == [])
        #expect(
            primary.durable(self.log[1]) == [
                .send(to: 1, .prepare(view: View(0), entry: self.log[1], commit: .genesis)),
                .send(to: 2, .prepare(view: View(0), entry: self.log[1], commit: .genesis)),
                .send(to: 1, .prepare(view: View(0), entry: self.log[2], commit: .genesis)),
                .send(to: 2, .prepare(view: View(0), entry: self.log[2], commit: .genesis)),
            ]
        )
    }

    @Test
    func `a Prepare leaves while the primary writes, and commits only once that is done`() throws {
        var primary = try ReplicaDriver.primary()
        primary.act(.submit(self.log[1]))
        primary.durable(self.log[1])
        primary.acknowledge([self.log[1]], from: 1)
        #expect(
            primary.act(.submit(self.log[2])) == [
                .persist(self.log[2]),
                .send(to: 1, .prepare(view: View(0), entry: self.log[2], commit: Op(1))),
                .send(to: 2, .prepare(view: View(0), entry: self.log[2], commit: Op(1))),
            ]
        )
        primary.acknowledge([self.log[2]], from: 1)
        #expect(primary.acknowledge([self.log[2]], from: 2) == [])
        #expect(primary.replica.commit == Op(1))
        #expect(primary.durable(self.log[2]) == [.commit(through: Op(2))])
    }

    @Test(arguments: [
        (Genesis.Policy.any2, [1], true), (.any2, [2], true), (.any2, [1, 2], true),
        (.bothPrimaries, [1], true), (.bothPrimaries, [2], false), (.bothPrimaries, [2, 1], true),
    ])
    func `an op commits when the policy's quorum holds it`(
        policy: Genesis.Policy,
        backups: [Int],
        isCommitted: Bool
    ) throws {
        var primary = try ReplicaDriver.primary(policy: policy)
        primary.act(.submit(self.log[1]))
        primary.durable(self.log[1])
        for backup in backups { primary.acknowledge([self.log[1]], from: backup) }
        #expect(primary.replica.commit == (isCommitted ? Op(1) : .genesis))
        #expect(primary.replica.holders(of: Op(1)) == MemberSet([0] + backups))
    }

    @Test
    func `ops commit in order even when a later one is acknowledged first`() throws {
        var primary = try ReplicaDriver.primary()
        for op in 1...3 { primary.act(.submit(self.log[UInt64(op)])) }
        primary.durable(self.log[1], self.log[2], self.log[3])
        #expect(primary.acknowledge([self.log[2], self.log[3]], from: 1) == [])
        #expect(primary.acknowledge([self.log[1]], from: 2) == [.commit(through: Op(3))])
    }

    @Test
    func `a copy of the primary's own that it cannot read commits nothing until it is whole`() throws {
        var primary = try ReplicaDriver.primary()
        primary.act(.submit(self.log[1]))
        primary.durable(self.log[1])
        primary.step(.rotted(TestLog.acknowledgement(self.log[1])))
        // What another one holds says nothing about this disk.
        primary.acknowledge([self.log[1]], from: 1)
        #expect(primary.replica.commit == .genesis)
        primary.durable(self.log[1])
        #expect(primary.replica.commit == Op(1))
    }

    @Test
    func `two copies elsewhere commit what the primary cannot read`() throws {
        var primary = try ReplicaDriver.primary()
        primary.act(.submit(self.log[1]))
        primary.durable(self.log[1])
        primary.step(.rotted(TestLog.acknowledgement(self.log[1])))
        primary.acknowledge([self.log[1]], from: 1)
        primary.acknowledge([self.log[1]], from: 2)
        #expect(primary.replica.commit == Op(1))
    }

    @Test
    func `two acknowledgements of one member are one copy`() throws {
        var primary = try ReplicaDriver.primary(policy: .any2)
        primary.act(.submit(self.log[1]))
        #expect(primary.acknowledge([self.log[1], self.log[1]], from: 1) == [])
        #expect(primary.replica.commit == .genesis)
    }

    @Test
    func `an acknowledgement of another entry does not count`() throws {
        var primary = try ReplicaDriver.primary()
        primary.act(.submit(self.log[1]))
        primary.durable(self.log[1])
        let other = TestLog.entry(after: TestLog.genesis, body: [1, 2, 3])
        let out = primary.step(
            .message(from: 1, .prepareOk(view: View(0), acknowledgements: [TestLog.acknowledgement(other)]))
        )
        #expect(out == [.trace(.unknownEntry(member: 1, op: Op(1)))])
        #expect(primary.replica.commit == .genesis)
    }

    @Test
    func `heartbeats leave every 100 ms, and a new commit number within a tick`() throws {
        var primary = try ReplicaDriver.primary()
        let beats = primary.pass(100)
        #expect(beats.count == 20)
        #expect(beats.first == .send(to: 1, .heartbeat(view: View(0), commit: .genesis)))

        primary.act(.submit(self.log[1]))
        primary.durable(self.log[1])
        primary.acknowledge([self.log[1]], from: 1)
        #expect(
            primary.pass(1) == [
                .send(to: 1, .heartbeat(view: View(0), commit: Op(1))),
                .send(to: 2, .heartbeat(view: View(0), commit: Op(1))),
            ]
        )
    }

    @Test
    func `what a member does not acknowledge is sent again after 250 ms and then ever less often`() throws {
        var primary = try ReplicaDriver.primary()
        primary.act(.submit(self.log[1]))
        primary.durable(self.log[1])
        primary.acknowledge([self.log[1]], from: 1)
        primary.act(.submit(self.log[2]))
        primary.durable(self.log[2])
        var times: [Int] = []
        for tick in 1...600 {
            primary.hear(1)
            primary.hear(2)
            let resent = primary.pass(1).filter { if case .send(1, .prepare) = $0 { true } else { false } }
            if !resent.isEmpty { times.append(tick) }
            #expect(resent.count <= 1)
        }
        #expect(times == [25, 75, 175, 375, 575])
    }

    @Test
    func `a retransmission carries a few entries at once and leaves out what is acknowledged`() throws {
        var primary = try ReplicaDriver.primary()
        for op in 1...40 { primary.act(.submit(self.log[UInt64(op)])) }
        primary.act(.durable((1...40).map { self.log.acknowledgement(UInt64($0)) }))
        primary.acknowledge([self.log[2]], from: 1)
        // What member 1 tells of its log makes it a member that lacks the rest.
        primary.step(.peerHead(member: 1, head: ReplicaDriver.head(1, op: 0, commit: 0), isDirect: true))
        let ops = primary.pass(25).compactMap { output -> UInt64? in
            guard case .send(1, .prepare(_, let entry, _)) = output else { return nil }
            return entry.header.op.number
        }
        #expect(ops == [1] + Array(3...17))
    }

    @Test
    func `a member that is away or far behind is sent no entries`() throws {
        var primary = try ReplicaDriver.primary()
        primary.pass(Int(Timeouts.quietTicks) + 1)
        primary.hear(2)
        primary.act(.submit(self.log[1]))
        let away = primary.durable(self.log[1])
        #expect(away == [.send(to: 2, .prepare(view: View(0), entry: self.log[1], commit: .genesis))])
    }

    @Test
    func `the pipeline takes 64 sets and then as many as commit`() throws {
        var primary = try ReplicaDriver.primary()
        for op in 1...64 { primary.act(.submit(self.log[UInt64(op)])) }
        #expect(primary.replica.canSubmit == .pipelineFull)
        #expect(primary.act(.submit(self.log[65])) == [.reject(op: Op(65), .notReady(.pipelineFull))])
        primary.durable(self.log[1])
        primary.acknowledge([self.log[1]], from: 2)
        #expect(primary.replica.canSubmit == .ready)
    }

    @Test
    func `the pipeline takes a limited number of bytes`() throws {
        let large = TestLog(count: 6, bodyBytesCount: Limits.logBodyBytesMax)
        var primary = try ReplicaDriver.primary()
        for op in 1...4 { #expect(primary.act(.submit(large[UInt64(op)])).count == 1) }
        #expect(primary.replica.canSubmit == .pipelineFull)
    }

    @Test
    func `nothing is ordered while too few members are heard`() throws {
        var primary = try ReplicaDriver(own: 0, flaws: [.resumesView])
        primary.step(.start)
        #expect(primary.replica.canSubmit == .noQuorum)
        #expect(primary.act(.submit(self.log[1])) == [.reject(op: Op(1), .notReady(.noQuorum))])
        primary.hear(2)
        #expect(primary.replica.canSubmit == .ready)
        primary.pass(Int(Timeouts.deafTicks))
        #expect(primary.replica.canSubmit == .ready)
        primary.pass(1)
        #expect(primary.replica.canSubmit == .noQuorum)
        // It asks for another primary, and goes on when it hears a quorum again.
        #expect(primary.pass(20).contains(.send(to: 1, .exitView(view: View(0)))))
        primary.hear(2)
        primary.pass(1)
        #expect(primary.replica.canSubmit == .ready)
    }

    @Test
    func `an entry that was promised to be taken is taken even after a long pause`() throws {
        var primary = try ReplicaDriver.primary()
        #expect(primary.replica.canSubmit == .ready)
        primary.now = primary.now.advanced(by: 6_000)
        #expect(primary.act(.submit(self.log[1])) == [.persist(self.log[1])])
        #expect(primary.replica.canSubmit == .noQuorum)
    }

    @Test
    func `both primaries must be heard where both must hold an op`() throws {
        var primary = try ReplicaDriver(own: 0, policy: .bothPrimaries, flaws: [.resumesView])
        primary.step(.start)
        primary.hear(2)
        #expect(primary.replica.canSubmit == .noQuorum)
        primary.hear(1)
        #expect(primary.replica.canSubmit == .ready)
    }

    @Test
    func `an entry that does not follow the head is rejected`() throws {
        var primary = try ReplicaDriver.primary()
        let genesisHash = TestLog.hash(TestLog.genesis)
        let rejections: [(LogEntry, Rejection)] = [
            (self.log[2], .notNext(head: .genesis, hash: genesisHash)),
            (TestLog.entry(after: TestLog.genesis, parentHash: .zero), .notNext(head: .genesis, hash: genesisHash)),
            (TestLog.entry(after: TestLog.genesis, view: View(1)), .otherView(current: View(0))),
            (TestLog.entry(after: TestLog.genesis, timestampMicroseconds: 1), .timeNotIncreasing(head: 1)),
            (
                TestLog.entry(after: TestLog.genesis, body: [UInt8](repeating: 0, count: Limits.logBodyBytesMax + 1)),
                .bodyTooLarge(bytesCount: Limits.logBodyBytesMax + 1)
            ),
        ]
        for (entry, rejection) in rejections {
            #expect(primary.act(.submit(entry)) == [.reject(op: entry.header.op, rejection)])
        }
        #expect(primary.replica.head == .genesis)
    }

    @Test
    func `a backup orders nothing`() throws {
        var backup = try ReplicaDriver.backup(2)
        #expect(backup.replica.canSubmit == .notPrimary(leader: 0))
        #expect(backup.act(.submit(self.log[1])) == [.reject(op: Op(1), .notReady(.notPrimary(leader: 0)))])
    }

    @Test
    func `a primary that has less than a backup of its view halts`() throws {
        let reason = HaltReason.primaryBehind(head: .genesis, theirs: Op(7), member: 2)
        var byGossip = try ReplicaDriver.primary()
        let head = ReplicaDriver.head(2, op: 7, commit: 3)
        #expect(byGossip.act(.peerHead(member: 2, head: head, isDirect: false)) == [.halt(reason)])
        #expect(byGossip.replica.canSubmit == .halted)
        #expect(byGossip.act(.submit(self.log[1])) == [])

        var byAcknowledgement = try ReplicaDriver.primary()
        #expect(byAcknowledgement.acknowledge([self.log[7]], from: 2) == [.halt(reason)])
    }

    /// It may have forgotten what it sent before its own disk had it.
    @Test
    func `a primary that starts again goes on in a later view of its own`() throws {
        let short = TestLog(count: 4)
        let recovered = ReplicaDriver.recovered(short, commit: 1, acknowledged: [2, 4])
        var primary = try ReplicaDriver(own: 0, recovered: recovered)
        let start = primary.act(.start)
        #expect(start.prefix(2) == [.commit(through: Op(1)), .persist(short[3])])
        #expect(start.dropFirst(2).map(Self.votedView) == [View(0), View(0)])
        #expect(!primary.replica.isPrimary)
        let out = primary.act(.message(from: 1, .standing(view: View(0), head: Op(4), session: 0)))
        #expect(out == [.persistView(View(2)), .follow(View(2))])
        #expect(primary.act(.viewPersisted(View(2))).map(Self.votedView) == [View(2), View(2)])
        // What others hold and it does not is in the log of the new view.
        let vote = Vote(
            logView: View(0),
            commit: TestLog.acknowledgement(short[1]),
            suffix: (2...4).map { Vote.Item(header: short[$0].header, holding: .complete) },
            faults: [],
            isTrusted: true,
            session: 0
        )
        primary.act(.message(from: 1, .joinView(view: View(2), vote: vote)))
        #expect(primary.isInstalling)
    }

    private static func votedView(_ output: Replica.Output) -> View? {
        if case .send(_, .joinView(let view, _)) = output { view } else { nil }
    }

    @Test
    func `a primary that starts again follows those who went on without it`() throws {
        var primary = try ReplicaDriver(own: 0)
        primary.act(.start)
        let out = primary.act(.message(from: 1, .standing(view: View(1), head: Op(4), session: 0)))
        #expect(out == [.persistView(View(1)), .follow(View(1))])
    }

    /// Old ones can be under way still: they do not know what was committed in the view.
    @Test
    func `a primary that starts again does not begin its view anew from votes for it`() throws {
        var primary = try ReplicaDriver(own: 0)
        primary.act(.start)
        let vote = Vote(
            logView: View(0),
            commit: Message.Acknowledgement(op: .genesis, entry: TestLog.hash(TestLog.genesis)),
            suffix: [],
            faults: [],
            isTrusted: true,
            session: 0
        )
        let out = primary.act(.message(from: 1, .joinView(view: View(0), vote: vote)))
        #expect(out == [.persistView(View(2)), .follow(View(2))])
        primary.act(.viewPersisted(View(2)))
        #expect(!primary.isInstalling)
    }

    /// Its disk was exchanged: votes for the view that it led then can be under way still.
    @Test(arguments: [(UInt64(2), false), (1, true)])
    func `who may have forgotten that it leads does not begin the same view again`(
        answered: UInt64,
        begins: Bool
    ) throws {
        let empty = RecoveredLog(
            view: View(0),
            logView: View(0),
            committed: TestLog.genesis,
            suffix: [],
            isTrusted: false
        )
        var primary = try ReplicaDriver(own: 0, recovered: empty)
        primary.act(.start)
        primary.act(.message(from: 1, .standing(view: View(answered), head: Op(1), session: 0)))
        primary.act(.message(from: 2, .standing(view: View(1), head: Op(1), session: 0)))
        let vote = Vote(
            logView: View(0),
            commit: TestLog.acknowledgement(self.log[1]),
            suffix: [],
            faults: [],
            isTrusted: true,
            session: 0
        )
        primary.act(.message(from: 1, .joinView(view: View(2), vote: vote)))
        primary.act(.viewPersisted(View(2)))
        for member in 1...2 { primary.act(.message(from: member, .joinView(view: View(2), vote: vote))) }
        #expect(primary.replica.isChangingView)
        #expect(primary.isInstalling == begins)
    }

    @Test
    func `where one member alone commits, a start does not end its view`() throws {
        var primary = try ReplicaDriver(
            own: 0,
            recovered: ReplicaDriver.recovered(TestLog(count: 2), commit: 1),
            seating: Seating(voters: MemberSet([0]))
        )
        #expect(primary.act(.start).contains(.lead(View(0))))
    }
}
