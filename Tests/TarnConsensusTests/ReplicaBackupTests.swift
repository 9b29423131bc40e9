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

    @Test
    func `messages of an earlier view change nothing, and their sender is told`() throws {
        let recovered = RecoveredLog(view: View(2), logView: View(2), committed: TestLog.genesis, suffix: [])
        var backup = try ReplicaDriver(own: 1, recovered: recovered)
        backup.step(.start)
        let entry = Message.prepare(view: View(0), entry: self.log[1], commit: Op(1))
        #expect(backup.step(.message(from: 0, entry)) == [.trace(.otherView(from: 0, view: View(0)))])
        let heartbeat = Message.heartbeat(view: View(0), commit: Op(1))
        let answer = Message.standing(view: View(2), head: .genesis, session: 0)
        #expect(backup.step(.message(from: 0, heartbeat)) == [.send(to: 0, answer)])
        #expect(backup.replica.head == .genesis)
        #expect(backup.replica.knownCommit == .genesis)
    }

    @Test
    func `word of a later view makes a member leave its own, and vote once that is durable`() throws {
        let head = ReplicaDriver.head(0, view: 5, op: 5, commit: 5)
        let inputs: [Replica.Input] = [
            .message(from: 0, .prepare(view: View(5), entry: self.log[2], commit: Op(1))),
            .message(from: 2, .heartbeat(view: View(5), commit: Op(1))),
            .message(from: 2, .exitView(view: View(5))),
            .message(from: 2, .standing(view: View(5), head: Op(1), session: 0)),
            .peerHead(member: 0, head: head, isDirect: true),
        ]
        for input in inputs {
            var backup = try ReplicaDriver.backup()
            backup.prepare(self.log[1])
            backup.durable(self.log[1])
            #expect(backup.act(input) == [.persistView(View(5)), .follow(View(5))])
            let vote = Vote(
                logView: View(0),
                commit: Message.Acknowledgement(op: .genesis, entry: TestLog.hash(TestLog.genesis)),
                suffix: [Vote.Item(header: self.log[1].header, holding: .complete)],
                faults: [],
                isTrusted: true,
                session: 0
            )
            let join = Message.joinView(view: View(5), vote: vote)
            #expect(backup.act(.viewPersisted(View(5))) == [.send(to: 0, join), .send(to: 2, join)])
            #expect(backup.prepare(self.log[2], view: 0) == [], "what the old view still sends is not taken")
            #expect(backup.replica.head == Op(1))
        }
    }

    @Test
    func `a log of a view is taken over whole, in one write`() throws {
        var backup = try ReplicaDriver.backup(2)
        backup.prepare(self.log[1])
        backup.durable(self.log[1])
        let base = Message.Acknowledgement(op: .genesis, entry: TestLog.hash(TestLog.genesis))
        let headers = (1...3).map { self.log[UInt64($0)].header }
        let begin = Message.view(CanonicalLog(view: View(1), base: base, suffix: headers), session: 0)
        let first = backup.act(.message(from: 1, begin))
        #expect(first.contains(.send(to: 1, .getEntries(after: Op(1)))))
        let entries = Message.entries(
            view: View(1),
            logView: View(0),
            entries: [self.log[2], self.log[3]],
            commit: .genesis
        )
        let end = self.log.acknowledgement(3)
        #expect(
            backup.act(.message(from: 1, entries)) == [
                .install(view: View(1), after: Op(1), entries: [self.log[2], self.log[3]], head: end)
            ]
        )
        #expect(backup.replica.logView == View(0), "not before it is durable")
        let done = backup.act(.installed(view: View(1)))
        #expect(
            done == [
                .adopt(after: Op(1), entries: [self.log[2], self.log[3]]),
                .send(to: 1, .prepareOk(view: View(1), acknowledgements: [self.log.acknowledgement(1)])),
            ]
        )
        #expect(backup.replica.logView == View(1))
        #expect(backup.replica.head == Op(3))
    }

    /// The commit number on a primary's disk lags behind what it told others before it crashed.
    @Test
    func `a primary that has forgotten what is committed still helps others to its view`() throws {
        var backup = try ReplicaDriver.backup(2)
        backup.prepare(self.log[1])
        backup.durable(self.log[1])
        let base = self.log.acknowledgement(3)
        let begin = Message.view(CanonicalLog(view: View(1), base: base, suffix: []), session: 0)
        #expect(backup.act(.message(from: 1, begin)).contains(.send(to: 1, .getEntries(after: Op(1)))))
        func answer(of logView: UInt64, commit: UInt64) -> Replica.Input {
            let entries = [self.log[2], self.log[3], self.log[4]]
            return .message(
                from: 1,
                .entries(view: View(1), logView: View(logView), entries: entries, commit: Op(commit))
            )
        }
        // Whoever is on its way itself cannot tell which of its own are to stay.
        #expect(backup.act(answer(of: 0, commit: 1)) == [.send(to: 0, .getEntries(after: Op(1)))])
        #expect(backup.act(answer(of: 0, commit: 2)).contains(.persist(self.log[2])))
        #expect(backup.replica.head == Op(2))
        let out = backup.act(answer(of: 1, commit: 1))
        #expect(out.contains(.persist(self.log[3])))
        #expect(out.contains(.install(view: View(1), after: Op(3), entries: [], head: base)))
        #expect(backup.replica.head == Op(3), "what follows the base is no part of what it was told")
        backup.act(.stored(through: base))
        #expect(backup.replica.commit == Op(3))
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
            (.entries(view: View(0), logView: View(0), entries: [fork], commit: .genesis), other),
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
    func `entries of another log view count only as far as they are committed`() throws {
        let recovered = RecoveredLog(view: View(2), logView: View(2), committed: TestLog.genesis, suffix: [])
        var backup = try ReplicaDriver(own: 1, recovered: recovered)
        backup.step(.start)
        let message = Message.entries(
            view: View(2),
            logView: View(1),
            entries: [self.log[1], self.log[2]],
            commit: Op(1)
        )
        #expect(backup.act(.message(from: 2, message)) == [.persist(self.log[1])])
        #expect(backup.replica.head == Op(1))
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
        backup.act(.message(from: 0, .entries(view: View(0), logView: View(0), entries: long.entries, commit: Op(600))))
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
