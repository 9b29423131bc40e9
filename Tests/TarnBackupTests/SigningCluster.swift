import TarnCore
import TarnCrypto

@testable import TarnBackup

/// A cluster whose members change, and what they sign. Its entries stand alone: op 10 begins epoch 1, op 20 epoch 2.
struct SigningCluster {
    let genesis: Genesis
    private(set) var membership: Membership
    private(set) var changes: [SignedReconfiguration] = []

    init(_ names: [String]) throws {
        self.genesis = try Genesis(
            clusterID: [UInt8](repeating: 7, count: 16),
            boundaryKey: [UInt8](repeating: 8, count: 16),
            members: try names.map {
                Genesis.Member(datacenter: try DatacenterID($0), publicKey: try Self.key($0).publicKey)
            },
            policy: .any2,
            createdAtMicroseconds: 1_700_000_000_000_000,
            adminTokenHash: .zero
        )
        self.membership = Membership(self.genesis)
    }

    /// The same for the same name.
    private static func key(_ name: String) throws -> SigningKey {
        try SigningKey(seed: SHA256.digest(Array(name.utf8)).bytes)
    }

    private static func member(_ name: String) throws -> Membership.Member {
        Membership.Member(
            datacenter: try DatacenterID(name),
            publicKey: try self.key(name).publicKey,
            peer: "\(name).example:1",
            api: ""
        )
    }

    // MARK: Changes

    mutating func grow(by names: [String], signed signers: [String]) throws {
        let grown = try self.membership.learning(try names.map { try Self.member($0) }).grown()
        try self.follow(Reconfiguration(.grow, grown), signers)
    }

    mutating func replace(seat: Int, by name: String, signed signers: [String]) throws {
        let next = try self.membership.replacing(seat: seat, by: try Self.member(name))
        try self.follow(Reconfiguration(.replace(seat: seat), next), signers)
    }

    mutating func electObserver() throws {
        try self.follow(Reconfiguration(.electObserver, try self.membership.electingObserver(true)), [])
    }

    private mutating func follow(_ change: Reconfiguration, _ signers: [String]) throws {
        let body = change.encoded()
        let header = try self.header(
            .reconfigure,
            op: Op(change.membership.epoch * 10),
            epoch: change.membership.epoch,
            body: body
        )
        self.changes.append(
            SignedReconfiguration(
                entry: LogEntry(header: header, body: body),
                receipt: try self.receipt(of: header, signed: signers)
            )
        )
        self.membership = change.membership
    }

    // MARK: Backups

    /// A backup of what there is now, made from `datacenter`; of the first version when it names no `changes`.
    func backup(
        from datacenter: String,
        signed signers: [String],
        changes: [SignedReconfiguration]?
    ) throws -> BackupRoot {
        let header = try self.header(.noop, op: Op(99), epoch: self.membership.epoch, body: [])
        return BackupRoot(
            cluster: self.genesis.clusterName,
            datacenter: try DatacenterID(datacenter),
            op: header.op,
            root: header.root,
            time: Timestamp(microseconds: 1_700_000_000_000_000),
            genesis: self.genesis.encoded(),
            receipt: try self.receipt(of: header, signed: signers),
            reconfigurations: changes,
            segments: [.sample(1, hasContent: true)]
        )
    }

    private func header(_ kind: LogHeader.Kind, op: Op, epoch: UInt64, body: [UInt8]) throws -> LogHeader {
        LogHeader(
            op: op,
            view: View(0),
            kind: kind,
            configurationEpoch: epoch,
            timestampMicroseconds: 1_700_000_000_000_000 + op.number,
            author: "tarn",
            request: try RequestID(client: "test", number: op.number),
            parent: .zero,
            root: SHA256.digest([UInt8(truncatingIfNeeded: op.number)]),
            body: SHA256.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: 0,
            closureBytesCount: 0
        )
    }

    /// As `tarn receipt` prints it.
    private func receipt(of header: LogHeader, signed signers: [String]) throws -> JSONValue {
        let receipt = DurabilityReceipt(
            cluster: self.genesis.clusterName,
            op: header.op,
            entry: header.hash(SHA256.self),
            root: header.root,
            closureCount: header.closureCount,
            closureBytesCount: header.closureBytesCount
        )
        let signatures = try signers.map { name -> JSONValue in
            let bytes = try Self.key(name).sign(receipt.statement(by: try DatacenterID(name)))
            return .object(["dc": .string(name), "signature": .string(Hex.encode(bytes))])
        }
        return .object([
            "cluster": .string(receipt.cluster), "op": .integer(receipt.op.number),
            "entry": .string(receipt.entry.hex), "root": .string(receipt.root.hex),
            "closure_count": .integer(receipt.closureCount), "closure_bytes": .integer(receipt.closureBytesCount),
            "signatures": .array(signatures),
        ])
    }
}
