import TarnClient
import TarnCore
import Testing

@testable import TarnBackup

/// Who has to have signed a backup of a cluster whose members changed.
@Suite("Backups and memberships")
struct BackupMembershipTests {
    private static let three = ["dc1", "dc2", "dc3"]
    private static let name = "roots/99.json"

    /// Two of three were replaced, one after the other; who signed the first replacement may vary.
    private static func replacedTwice(first signers: [String]) throws -> SigningCluster {
        var cluster = try SigningCluster(Self.three)
        try cluster.replace(seat: 1, by: "dc4", signed: signers)
        try cluster.replace(seat: 0, by: "dc5", signed: ["dc3", "dc4", "dc5"])
        return cluster
    }

    @Test("a cluster that grew is backed up under the genesis of the one it was")
    func grown() throws {
        var cluster = try SigningCluster(["dc1"])
        try cluster.grow(by: ["dc2", "dc3"], signed: Self.three)
        let root = try cluster.backup(from: "dc3", signed: Self.three, changes: cluster.changes)
        #expect(try root.verified(name: Self.name) == cluster.genesis)
        #expect(try root.verified(name: Self.name, expected: cluster.genesis) == cluster.genesis)
        let read = try BackupRoot(decoding: root.encoded(), name: Self.name)
        #expect(read.reconfigurations == cluster.changes)
        #expect(try read.verified(name: Self.name, expected: cluster.genesis) == cluster.genesis)
    }

    @Test("who learns the log may sign, and does not count")
    func learning() throws {
        let cluster = try SigningCluster(["dc1"])
        let root = try cluster.backup(from: "dc1", signed: Self.three, changes: [])
        #expect(try root.verified(name: Self.name, expected: cluster.genesis) == cluster.genesis)
        let strange = try cluster.backup(from: "dc2", signed: ["dc2", "dc3"], changes: [])
        #expect(throws: ClientError.self) { try strange.verified(name: Self.name) }
    }

    @Test("whoever was replaced does not sign for the cluster any more, and whoever came does")
    func replaced() throws {
        var cluster = try SigningCluster(Self.three)
        try cluster.electObserver()
        try cluster.replace(seat: 1, by: "dc4", signed: ["dc1", "dc3", "dc4"])
        let root = try cluster.backup(from: "dc4", signed: ["dc3", "dc4"], changes: cluster.changes)
        #expect(try root.verified(name: Self.name, expected: cluster.genesis) == cluster.genesis)
        let old = try cluster.backup(from: "dc1", signed: ["dc1", "dc2"], changes: cluster.changes)
        let error = #expect(throws: ClientError.self) { try old.verified(name: Self.name) }
        #expect(error?.message.contains(Self.name) == true)
    }

    @Test("a change that no majority before it signed is believed with the backup, or on a membership that is known")
    func unproved() throws {
        let cluster = try Self.replacedTwice(first: ["dc3", "dc4", "dc5"])
        let root = try cluster.backup(from: "dc4", signed: ["dc3", "dc4"], changes: cluster.changes)
        #expect(try root.verified(name: Self.name) == cluster.genesis)
        let error = #expect(throws: ClientError.self) {
            try root.verified(name: Self.name, expected: cluster.genesis)
        }
        #expect(error?.message.contains("--membership") == true)
        let known = cluster.membership
        #expect(try root.verified(name: Self.name, expected: cluster.genesis, known: known) == cluster.genesis)
        var other = try SigningCluster(Self.three)
        try other.replace(seat: 1, by: "dc4", signed: [])
        try other.replace(seat: 0, by: "dc6", signed: [])
        let wrong = other.membership
        #expect(throws: ClientError.self) { try root.verified(name: Self.name, known: wrong) }
    }

    @Test("what earlier members signed in time goes on proving who came after them")
    func inherited() throws {
        let cluster = try Self.replacedTwice(first: ["dc1", "dc3"])
        let root = try cluster.backup(from: "dc4", signed: ["dc3", "dc4"], changes: cluster.changes)
        #expect(try root.verified(name: Self.name, expected: cluster.genesis) == cluster.genesis)
    }

    @Test("a change that is left out, or is not the one that was signed, is noticed")
    func forged() throws {
        let cluster = try Self.replacedTwice(first: ["dc1", "dc3"])
        let gap = try cluster.backup(from: "dc4", signed: ["dc3", "dc4"], changes: Array(cluster.changes.dropFirst()))
        #expect(throws: ClientError.self) { try gap.verified(name: Self.name) }
        let cut = try cluster.backup(from: "dc4", signed: ["dc3", "dc4"], changes: Array(cluster.changes.dropLast(2)))
        #expect(throws: ClientError.self) { try cut.verified(name: Self.name) }
        let first = cluster.changes[0]
        let swapped = SignedReconfiguration(
            entry: LogEntry(header: first.entry.header, body: cluster.changes[1].entry.body),
            receipt: first.receipt
        )
        let changes = [swapped] + Array(cluster.changes.dropFirst())
        let damaged = try cluster.backup(from: "dc4", signed: ["dc3", "dc4"], changes: changes)
        #expect(throws: ClientError.self) { try damaged.verified(name: Self.name) }
    }

    @Test("a backup of the first version is read and judged by the genesis")
    func firstVersion() throws {
        let cluster = try SigningCluster(Self.three)
        let root = try cluster.backup(from: "dc3", signed: Self.three, changes: nil)
        let bytes = root.encoded()
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("tarn backup 1") && !text.contains("reconfigurations"))
        let read = try BackupRoot(decoding: bytes, name: Self.name)
        #expect(read.reconfigurations == nil)
        #expect(try read.verified(name: Self.name, expected: cluster.genesis) == cluster.genesis)
        let next = Array(text.replacing("tarn backup 1", with: "tarn backup 2").utf8)
        #expect(throws: ClientError.self) { try BackupRoot(decoding: next, name: Self.name) }
    }
}
