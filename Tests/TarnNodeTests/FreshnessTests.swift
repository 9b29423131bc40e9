import TarnConsensus
import TarnCore
import Testing

@testable import TarnNode

/// What an exchange of heads proves about how current a node is.
@Suite struct FreshnessTests {
    private static func head(
        _ name: String,
        view: UInt64 = 4,
        logView: UInt64? = nil,
        op: UInt64,
        participates: Bool = true
    ) throws -> Heads.Head {
        Heads.Head(
            datacenter: try DatacenterID(name),
            view: View(view),
            logView: View(logView ?? view),
            op: Op(op),
            commit: Op(op - min(op, 2)),
            prefixComplete: Op(op),
            root: .zero,
            missingBytesCount: 0,
            diskFreeBytesCount: 0,
            trouble: "",
            clockMicroseconds: 1,
            participates: participates
        )
    }

    private static func proof(_ own: Heads.Head, _ other: Heads.Head) throws -> StateProof? {
        Freshness.proof(own: own, other: other, primary: try DatacenterID("dc1"), start: 1_000)
    }

    @Test func `a backup and the primary of its view prove what the primary's log holds`() throws {
        let (primary, backup) = (try Self.head("dc1", op: 9), try Self.head("dc3", op: 7))
        #expect(try Self.proof(backup, primary) == StateProof(op: Op(9), nanoseconds: 1_000))
        #expect(try Self.proof(primary, backup) == StateProof(op: Op(9), nanoseconds: 1_000))
    }

    @Test func `nothing is proved by two backups, by two views, or by a member that takes no part`() throws {
        let (primary, backup) = (try Self.head("dc1", op: 9), try Self.head("dc3", op: 7))
        #expect(try Self.proof(backup, try Self.head("dc2", op: 9)) == nil)
        #expect(try Self.proof(backup, try Self.head("dc1", view: 2, op: 9)) == nil)
        #expect(try Self.proof(try Self.head("dc3", view: 5, op: 7), primary) == nil)
        #expect(try Self.proof(backup, try Self.head("dc1", logView: 2, op: 9)) == nil)
        #expect(try Self.proof(try Self.head("dc3", logView: 2, op: 7), primary) == nil)
        #expect(try Self.proof(backup, try Self.head("dc1", op: 9, participates: false)) == nil)
        #expect(try Self.proof(try Self.head("dc3", op: 7, participates: false), primary) == nil)
    }

    @Test func `a proof counts once everything that it covers is committed`() {
        let freshness = Freshness()
        freshness.note(StateProof(op: Op(5), nanoseconds: 100))
        freshness.note(StateProof(op: Op(7), nanoseconds: 200))
        #expect(freshness.proof(committed: Op(4)) == nil)
        #expect(freshness.proof(committed: Op(6)) == StateProof(op: Op(5), nanoseconds: 100))
        #expect(freshness.proof(committed: Op(6)) == StateProof(op: Op(5), nanoseconds: 100))
        #expect(freshness.proof(committed: Op(7)) == StateProof(op: Op(7), nanoseconds: 200))
    }

    @Test func `a later proof that needs less replaces the ones before it, an earlier one changes nothing`() {
        let freshness = Freshness()
        freshness.note(StateProof(op: Op(9), nanoseconds: 100))
        freshness.note(StateProof(op: Op(7), nanoseconds: 300))
        freshness.note(StateProof(op: Op(3), nanoseconds: 200))
        #expect(freshness.proof(committed: Op(6)) == nil)
        #expect(freshness.proof(committed: Op(7)) == StateProof(op: Op(7), nanoseconds: 300))
        freshness.note(StateProof(op: Op(1), nanoseconds: 250))
        #expect(freshness.proof(committed: Op(9))?.nanoseconds == 300)
    }

    @Test func `exchanges that never commit are kept within a limit`() {
        let freshness = Freshness()
        for number in 1...1_000 { freshness.note(StateProof(op: Op(UInt64(number)), nanoseconds: UInt64(number))) }
        #expect(freshness.proof(committed: Op(900)) == nil)
        #expect(freshness.proof(committed: Op(990))?.op == Op(990))
    }

    @Test func `an age is rounded up and never below nothing`() {
        let proof = StateProof(op: Op(1), nanoseconds: 5_000_000)
        #expect(proof.ageMilliseconds(now: 5_000_000) == 0)
        #expect(proof.ageMilliseconds(now: 5_000_001) == 1)
        #expect(proof.ageMilliseconds(now: 1) == 0)
    }
}
