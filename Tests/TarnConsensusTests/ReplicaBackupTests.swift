import TarnCore
import TarnTestKit
import Testing

@testable import TarnConsensus

@Suite
struct ReplicaBackupTests {
    private let log = TestLog(count: 200)

    private func ok(_ ops: UInt64...) -> Replica.Output {
        .send(to: 0, .prepareOk(view: View(0), acknowledgements: ops.map { self.log.acknowledgement($0) }))
    }

    @Test
    func `an entry is stored, then acknowledged once it is durable, then committed when the primary says so`() throws {
        var backup = try ReplicaDriver.backup()
        #expect(backup.prepare(self.log[1]) == [.persist(self.log[1])])
        #expect(backup.durable(self.log[1]) == [self.ok(1)])
        #expect(backup.act(.message(from: 0, .heartbeat(view: View(0), commit: Op(1)))) == [.commit(through: Op(1))])
    }

    @Test
    func `one batch of durable entries is acknowledged in one message, in whatever order it completes`() throws {
        var backup = try ReplicaDriver.backup()
        for op in 1...3 { backup.prepare(self.log[UInt64(op)]) }
        #expect(backup.durable(self.log[3], self.log[1]) == [self.ok(3, 1)])
        #expect(backup.durable(self.log[2]) == [self.ok(2)])
    }

    @Test
    func `a commit waits for the entry to be stored but not for its blobs`() throws {
        var backup = try ReplicaDriver.backup()
        backup.prepare(self.log[1])
        backup.prepare(self.log[2], commit: 1)
        #expect(backup.replica.commit == .genesis)
        #expect(backup.act(.stored(through: self.log.acknowledgement(1))) == [.commit(through: Op(1))])
        #expect(backup.durable(self.log[1]) == [self.ok(1)])
    }

    @Test
    func `entries out of order wait for the ones before them`() throws {
        var backup = try ReplicaDriver.backup()
        #expect(backup.prepare(self.log[3]) == [])
        #expect(backup.prepare(self.log[2]) == [])
        #expect(backup.prepare(self.log[3]) == [])
        #expect(backup.prepare(self.log[1]) == [.persist(self.log[1]), .persist(self.log[2]), .persist(self.log[3])])
    }

    @Test
    func `a repeated entry is stored once and acknowledged again with all that is durable`() throws {
        var backup = try ReplicaDriver.backup()
        for op in 1...3 { backup.prepare(self.log[UInt64(op)]) }
        #expect(backup.prepare(self.log[2]) == [])
        backup.durable(self.log[1], self.log[3])
        #expect(backup.prepare(self.log[2]) == [self.ok(1, 3)])
        backup.act(.message(from: 0, .heartbeat(view: View(0), commit: Op(1))))
        #expect(backup.prepare(self.log[1]) == [self.ok(1, 3)])
        #expect(backup.prepare(self.log[3]) == [self.ok(3)])
    }

    @Test
    func `what waits out of order is limited, and the lowest ops stay`() {
        var buffer = ReorderBuffer()
        for op in (2...200).reversed() {
            #expect(buffer.insert(self.log[UInt64(op)]) == true)
            #expect(buffer.count <= Limits.reorderedEntriesMax)
        }
        #expect(buffer.insert(self.log[66]) == false)
        #expect(buffer.last == Op(65))
        for op in 2...65 { #expect(buffer.take(Op(UInt64(op))) == self.log[UInt64(op)]) }
        #expect(buffer.count == 0)
        #expect(buffer.bytesCount == 0)
    }

    @Test
    func `bytes that wait out of order are limited`() {
        let large = TestLog(count: 4, bodyBytesCount: Limits.logBodyBytesMax)
        var buffer = ReorderBuffer()
        for op in [UInt64(4), 3, 2] { #expect(buffer.insert(large[op]) == true) }
        #expect(buffer.count == 2)
        #expect(buffer.take(Op(4)) == nil)
        #expect(buffer.bytesCount == 0)
    }

    @Test(arguments: [UInt64(1), 2, 7])
    func `messages of another view change nothing`(view: UInt64) throws {
        var backup = try ReplicaDriver.backup()
        backup.prepare(self.log[1])
        let messages: [Message] = [
            .prepare(view: View(view), entry: self.log[2], commit: Op(1)),
            .entries(view: View(view), entries: [self.log[2]], commit: Op(2)),
            .heartbeat(view: View(view), commit: Op(1)),
            .prepareOk(view: View(view), acknowledgements: [self.log.acknowledgement(1)]),
        ]
        for message in messages {
            #expect(backup.step(.message(from: 0, message)) == [.trace(.otherView(from: 0, view: View(view)))])
        }
        let head = ReplicaDriver.head(0, view: view, op: 5, commit: 5)
        #expect(
            backup.step(.peerHead(member: 0, head: head, isDirect: true)) == [
                .trace(.otherView(from: 0, view: View(view)))
            ]
        )
        #expect(backup.replica.head == Op(1))
        #expect(backup.replica.knownCommit == .genesis)
    }

    @Test
    func `only the primary's Prepares and heartbeats count`() throws {
        var backup = try ReplicaDriver.backup()
        for message in [
            Message.prepare(view: View(0), entry: self.log[1], commit: .genesis),
            .heartbeat(view: View(0), commit: Op(1)),
            .prepareOk(view: View(0), acknowledgements: [self.log.acknowledgement(1)]),
        ] {
            #expect(backup.step(.message(from: 2, message)) == [.trace(.misdirected(from: 2))])
        }
    }

    @Test
    func `two histories halt the replica`() throws {
        let fork = TestLog.entry(after: self.log[1].header, body: [9])
        let (ours, theirs) = (TestLog.hash(self.log[2].header), TestLog.hash(fork.header))
        let afterFork = TestLog.entry(after: fork.header)
        let other = HaltReason.differentEntry(op: Op(2), ours: ours, theirs: theirs, member: 0)
        let parent = HaltReason.differentParent(op: Op(3), ours: ours, theirs: theirs, member: 0)
        let cases: [(Message, HaltReason)] = [
            (.prepare(view: View(0), entry: fork, commit: .genesis), other),
            (.prepare(view: View(0), entry: afterFork, commit: .genesis), parent),
            (.entries(view: View(0), entries: [fork], commit: .genesis), other),
        ]
        for commit in [UInt64(0), 2] {
            for (message, reason) in cases {
                var backup = try ReplicaDriver.backup()
                for op in 1...2 { backup.prepare(self.log[UInt64(op)]) }
                backup.durable(self.log[1], self.log[2])
                backup.act(.message(from: 0, .heartbeat(view: View(0), commit: Op(commit))))
                #expect(backup.act(.message(from: 0, message)) == [.halt(reason)])
                #expect(backup.replica.halted == reason)
                #expect(backup.prepare(self.log[3]) == [])
            }
        }
    }

    @Test
    func `another member's uncommitted entries cannot contradict this log, its committed ones halt the replica`() throws
    {
        let fork = TestLog.entry(after: TestLog.genesis, body: [9])
        var backup = try ReplicaDriver.backup()
        backup.prepare(self.log[1])
        let uncommitted = Message.entries(view: View(0), entries: [fork], commit: .genesis)
        #expect(backup.step(.message(from: 2, uncommitted)) == [.trace(.conflict(from: 2, op: Op(1)))])
        let committed = Message.entries(view: View(0), entries: [fork], commit: Op(1))
        let reason = HaltReason.differentEntry(
            op: Op(1),
            ours: TestLog.hash(self.log[1].header),
            theirs: TestLog.hash(fork.header),
            member: 2
        )
        #expect(backup.act(.message(from: 2, committed)) == [.halt(reason)])
    }

    @Test
    func `a commit number from afar commits only what is here`() throws {
        var backup = try ReplicaDriver.backup()
        for op in 1...2 { backup.prepare(self.log[UInt64(op)]) }
        backup.act(.stored(through: self.log.acknowledgement(2)))
        let head = ReplicaDriver.head(0, op: 150, commit: 150)
        let out = backup.act(.peerHead(member: 0, head: head, isDirect: false))
        #expect(out == [.commit(through: Op(2))])
        #expect(backup.replica.knownCommit == Op(150))
    }

    @Test
    func `a restarted backup tells again what it acknowledged and finishes what it did not`() throws {
        let short = TestLog(count: 5)
        let recovered = ReplicaDriver.recovered(short, commit: 2, acknowledged: [3, 5])
        var backup = try ReplicaDriver(own: 1, recovered: recovered)
        #expect(
            backup.act(.start) == [
                .commit(through: Op(2)),
                .persist(short[4]),
                .send(
                    to: 0,
                    .prepareOk(view: View(0), acknowledgements: [short.acknowledgement(3), short.acknowledgement(5)])
                ),
            ]
        )
        #expect(backup.replica.stored == Op(5))
        #expect(
            backup.durable(short[4])
                == [.send(to: 0, .prepareOk(view: View(0), acknowledgements: [short.acknowledgement(4)]))]
        )
    }

    @Test
    func `many acknowledgements are split into several messages`() throws {
        let long = TestLog(count: 600)
        var backup = try ReplicaDriver.backup()
        backup.act(.message(from: 0, .entries(view: View(0), entries: long.entries, commit: Op(600))))
        let out = backup.act(.durable(long.entries.map(TestLog.acknowledgement)))
        let counts = out.compactMap { output -> Int? in
            guard case .send(0, .prepareOk(_, let acknowledgements)) = output else { return nil }
            return acknowledgements.count
        }
        #expect(counts == [256, 256, 88])
    }

    @Test
    func `a log that is no chain cannot be recovered`() throws {
        let broken = [
            RecoveredLog(view: View(0), logView: View(0), committed: TestLog.genesis, suffix: [self.suffix(2)]),
            RecoveredLog(view: View(0), logView: View(1), committed: TestLog.genesis, suffix: []),
            RecoveredLog(
                view: View(0),
                logView: View(0),
                committed: TestLog.genesis,
                suffix: [
                    RecoveredLog.Suffix(
                        entry: TestLog.entry(after: TestLog.genesis, parentHash: .zero),
                        isAcknowledged: true
                    )
                ]
            ),
            RecoveredLog(
                view: View(0),
                logView: View(0),
                committed: TestLog.genesis,
                suffix: (1...65).map { self.suffix($0) }
            ),
        ]
        for recovered in broken {
            #expect(throws: RecoveryError.self) { try ReplicaDriver(own: 1, recovered: recovered) }
        }
    }

    private func suffix(_ op: UInt64) -> RecoveredLog.Suffix {
        RecoveredLog.Suffix(entry: self.log[op], isAcknowledged: false)
    }
}
