import TarnCore
import TarnTestKit

@testable import TarnConsensus

/// One replica, stepped by hand: what goes in, and what comes out of it.
struct ReplicaDriver {
    var replica: Replica
    var now = Tick(1)

    /// A replica that has started from `recovered`; an empty log unless told otherwise.
    init(
        own: Int,
        memberCount: Int = 3,
        policy: Genesis.Policy = .any2,
        recovered: RecoveredLog = ReplicaDriver.recovered(TestLog(), commit: 0),
        seating: Seating? = nil,
        flaws: Set<ReplicaConfiguration.Flaw> = []
    ) throws {
        let configuration = ReplicaConfiguration(
            memberCount: memberCount,
            own: own,
            quorum: Quorum(memberCount: memberCount, policy: policy),
            seating: seating,
            flaws: flaws
        )
        self.replica = try Replica(configuration: configuration, recovered: recovered, hash: QuickHash.self)
    }

    /// A primary that has started and has just heard its backups. It leads from the first step on, so that tests need
    /// not lead it there: that a start ends the view is a test of its own.
    static func primary(
        memberCount: Int = 3,
        policy: Genesis.Policy = .any2,
        recovered: RecoveredLog = ReplicaDriver.recovered(TestLog(), commit: 0)
    ) throws -> ReplicaDriver {
        var driver = try ReplicaDriver(
            own: 0,
            memberCount: memberCount,
            policy: policy,
            recovered: recovered,
            flaws: [.resumesView]
        )
        driver.step(.start)
        for member in 1..<max(1, memberCount) { driver.hear(member) }
        // The first heartbeat is out of the way, as it is in any test that does not look at it.
        driver.step(.tick)
        return driver
    }

    /// A backup that has started.
    static func backup(
        _ own: Int = 1,
        recovered: RecoveredLog = ReplicaDriver.recovered(TestLog(), commit: 0)
    ) throws -> ReplicaDriver {
        var driver = try ReplicaDriver(own: own, recovered: recovered)
        driver.step(.start)
        return driver
    }

    /// The log of `log`, committed up to `commit`, with acknowledgement records for `acknowledged`.
    static func recovered(_ log: TestLog, commit: UInt64, acknowledged: Set<UInt64> = []) -> RecoveredLog {
        RecoveredLog(
            view: View(0),
            logView: View(0),
            committed: commit == 0 ? TestLog.genesis : log[commit].header,
            suffix: log.entries.dropFirst(Int(commit)).map {
                RecoveredLog.Suffix(entry: $0, isAcknowledged: acknowledged.contains($0.header.op.number))
            }
        )
    }

    /// Whether it is taking over the log of a view.
    var isInstalling: Bool { if case .installing = self.replica.phase { true } else { false } }

    @discardableResult
    mutating func step(_ input: Replica.Input) -> [Replica.Output] {
        var out: [Replica.Output] = []
        self.replica.step(input, now: self.now, out: &out)
        return out
    }

    /// What comes out, but for traces.
    @discardableResult
    mutating func act(_ input: Replica.Input) -> [Replica.Output] {
        self.step(input).filter { if case .trace = $0 { false } else { true } }
    }

    /// Lets `count` ticks pass.
    @discardableResult
    mutating func pass(_ count: Int) -> [Replica.Output] {
        var out: [Replica.Output] = []
        for _ in 0..<count {
            self.now = self.now.advanced(by: 1)
            out += self.act(.tick)
        }
        return out
    }

    /// Hears from `member`, which tells nothing new.
    mutating func hear(_ member: Int) {
        self.step(.peerHead(member: member, head: Self.head(member, op: 0, commit: 0), isDirect: true))
    }

    @discardableResult
    mutating func prepare(_ entry: LogEntry, commit: UInt64 = 0, from: Int = 0, view: UInt64 = 0) -> [Replica.Output] {
        self.act(.message(from: from, .prepare(view: View(view), entry: entry, commit: Op(commit))))
    }

    @discardableResult
    mutating func acknowledge(_ entries: [LogEntry], from: Int) -> [Replica.Output] {
        let acknowledgements = entries.map(TestLog.acknowledgement)
        return self.act(.message(from: from, .prepareOk(view: View(0), acknowledgements: acknowledgements)))
    }

    @discardableResult
    mutating func durable(_ entries: LogEntry...) -> [Replica.Output] {
        self.act(.durable(entries.map(TestLog.acknowledgement)))
    }

    static func head(_ member: Int, view: UInt64 = 0, op: UInt64, commit: UInt64) -> Heads.Head {
        Heads.Head(
            datacenter: TestLog.datacenter(member),
            view: View(view),
            logView: View(view),
            op: Op(op),
            commit: Op(commit),
            prefixComplete: Op(commit),
            root: .zero,
            missingBytesCount: 0,
            diskFreeBytesCount: 0,
            trouble: "",
            clockMicroseconds: 0
        )
    }
}
