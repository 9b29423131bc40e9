import TarnCore
import Testing

@testable import TarnConsensus

@Suite
struct ReplicaRepairTests {
    private let log = TestLog(count: 3_000)

    private func gossip(_ backup: inout ReplicaDriver, _ member: Int, op: UInt64, commit: UInt64) -> [Replica.Output] {
        backup.act(.peerHead(member: member, head: ReplicaDriver.head(member, op: op, commit: commit), isDirect: true))
    }

    @Test
    func `a small gap is asked for after 50 ms and not before`() throws {
        var backup = try ReplicaDriver.backup()
        #expect(backup.prepare(self.log[2]) == [])
        #expect(backup.pass(4) == [])
        #expect(backup.pass(1) == [.send(to: 0, .getEntries(after: .genesis))])
        #expect(backup.pass(40) == [])
    }

    @Test
    func `a large gap is fetched in bulk`() throws {
        var backup = try ReplicaDriver.backup()
        backup.act(.message(from: 0, .heartbeat(view: View(0), commit: Op(2_000))))
        #expect(backup.pass(5) == [.fetchEntries(from: 0, after: .genesis)])
    }

    @Test
    func `the next piece is asked for at once, until all is there`() throws {
        var backup = try ReplicaDriver.backup()
        backup.act(.message(from: 0, .heartbeat(view: View(0), commit: Op(3_000))))
        backup.pass(5)
        let first = Message.entries(
            view: View(0),
            logView: View(0),
            entries: Array(self.log.entries[..<1_000]),
            commit: Op(3_000)
        )
        let out = backup.act(.message(from: 0, first))
        #expect(out.count == 1_001)
        #expect(out.last == .fetchEntries(from: 0, after: Op(1_000)))
        // What is not stored yet holds the next request back.
        let second = Message.entries(
            view: View(0),
            logView: View(0),
            entries: Array(self.log.entries[1_000..<2_000]),
            commit: Op(3_000)
        )
        #expect(backup.act(.message(from: 0, second)).count == 1_000)
        #expect(
            backup.act(.stored(through: self.log.acknowledgement(1_500)))
                == [.commit(through: Op(1_500)), .fetchEntries(from: 0, after: Op(2_000))]
        )
    }

    @Test
    func `entries beyond what may wait for the disk are dropped`() throws {
        var backup = try ReplicaDriver.backup()
        let all = Message.entries(view: View(0), logView: View(0), entries: self.log.entries, commit: Op(3_000))
        #expect(backup.act(.message(from: 0, all)).count == Limits.acceptedEntriesMax)
        #expect(backup.replica.head == Op(UInt64(Limits.acceptedEntriesMax)))

        let large = TestLog(count: 6, bodyBytesCount: Limits.logBodyBytesMax)
        var other = try ReplicaDriver.backup()
        other.act(.message(from: 0, .entries(view: View(0), logView: View(0), entries: large.entries, commit: Op(6))))
        #expect(other.replica.head == Op(4))
    }

    @Test
    func `who does not answer is not asked again before another one`() throws {
        var backup = try ReplicaDriver.backup()
        #expect(self.gossip(&backup, 0, op: 10, commit: 10) == [])
        #expect(self.gossip(&backup, 2, op: 10, commit: 10) == [])
        var asked: [Int] = []
        for _ in 0..<400 {
            for output in backup.pass(1) {
                if case .send(let member, .getEntries) = output { asked.append(member) }
            }
            for member in [0, 2] { _ = self.gossip(&backup, member, op: 10, commit: 10) }
        }
        #expect(asked == [0, 2, 0, 2])
    }

    @Test
    func `the observer is asked when the primary is away`() throws {
        var backup = try ReplicaDriver.backup()
        backup.prepare(self.log[1])
        backup.pass(150)
        #expect(self.gossip(&backup, 2, op: 9, commit: 7) == [])
        #expect(backup.pass(5) == [.send(to: 2, .getEntries(after: Op(1)))])
        let entries = Message.entries(
            view: View(0),
            logView: View(0),
            entries: Array(self.log.entries[1..<9]),
            commit: Op(7)
        )
        #expect(backup.act(.message(from: 2, entries)).count == 8)
        let out = backup.act(.durable((1...9).map { self.log.acknowledgement($0) }))
        #expect(out.first == .commit(through: Op(7)))
        #expect(
            out.last
                == .send(
                    to: 0,
                    .prepareOk(view: View(0), acknowledgements: (1...9).map { self.log.acknowledgement($0) })
                )
        )
    }

    @Test
    func `what a peer merely has is waited for longer`() throws {
        var backup = try ReplicaDriver.backup()
        #expect(self.gossip(&backup, 0, op: 3, commit: 0) == [])
        #expect(backup.pass(49) == [])
        #expect(backup.pass(1) == [.send(to: 0, .getEntries(after: .genesis))])
    }

    @Test
    func `a request is answered with what is stored, in limited pieces`() throws {
        var observer = try ReplicaDriver.backup(2)
        observer.act(
            .message(
                from: 0,
                .entries(view: View(0), logView: View(0), entries: Array(self.log.entries[..<2_000]), commit: Op(1_900))
            )
        )
        #expect(observer.act(.message(from: 1, .getEntries(after: .genesis))) == [])
        observer.act(.stored(through: self.log.acknowledgement(1_950)))
        let answers: [(UInt64, UInt64)] = [(0, 1_024), (1_024, 1_950), (1_949, 1_950)]
        for (after, through) in answers {
            #expect(
                observer.act(.message(from: 1, .getEntries(after: Op(after)))).last
                    == .sendEntries(
                        to: 1,
                        view: View(0),
                        logView: View(0),
                        after: Op(after),
                        through: Op(through),
                        commit: Op(1_936)
                    )
            )
        }
        #expect(observer.act(.message(from: 1, .getEntries(after: Op(1_950)))) == [])
        #expect(observer.act(.message(from: 1, .getEntries(after: Op(.max)))) == [])
    }
}
