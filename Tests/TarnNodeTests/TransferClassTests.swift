import TarnConsensus
import TarnCore
import Testing

@testable import TarnNode

/// What is fetched without a limit.
@Suite struct TransferClassTests {
    private static func transfer(
        _ op: UInt64,
        holding complete: UInt64,
        commit: UInt64?,
        start: UInt64?
    ) -> TransferClass {
        ReplicaEngine.transfer(
            for: Op(op),
            holding: Op(complete),
            commit: commit.map { Op($0) },
            startCommit: start.map { Op($0) }
        )
    }

    @Test func `before anybody who leads was heard, nobody waits for what a log lacks`() {
        #expect(Self.transfer(900, holding: 800, commit: nil, start: nil) == .repair)
    }

    @Test(arguments: [801, 936, 937, 990, 1_000] as [UInt64])
    func `what is committed when a node starts is caught up with, up to the last op`(op: UInt64) {
        #expect(Self.transfer(op, holding: 800, commit: 1_000, start: 1_000) == .repair)
        // Commits go on meanwhile.
        #expect(Self.transfer(op, holding: 999, commit: 1_020, start: 1_000) == .repair)
    }

    @Test func `what is not known to be committed is urgent, however far behind a node is`() {
        #expect(Self.transfer(1_001, holding: 0, commit: 1_000, start: 1_000) == .urgent)
        #expect(Self.transfer(1_001, holding: 1_000, commit: 1_000, start: 1) == .urgent)
    }

    @Test func `a standby that follows gets the newest ops urgently, whether their commit is known or not`() {
        let newest = UInt64(Limits.pipelineSetsMax)
        #expect(Self.transfer(5_000 - newest, holding: 1_000, commit: 5_000, start: 1_000) == .urgent)
        #expect(Self.transfer(4_999 - newest, holding: 1_000, commit: 5_000, start: 1_000) == .repair)
        #expect(Self.transfer(5_000, holding: 4_000, commit: 5_000, start: 1_000) == .urgent)
    }
}
