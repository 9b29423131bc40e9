import TarnCore
import TarnCrypto
import Testing

@testable import TarnClient

@Suite("Receipts checked offline")
struct OfflineReceiptTests {
    private static let names = ["dc1", "dc2", "dc3"]

    private static func key(_ number: UInt8) throws -> SigningKey {
        try SigningKey(seed: [UInt8](repeating: number, count: 32))
    }

    private static func member(_ name: String, _ number: UInt8) throws -> Genesis.Member {
        Genesis.Member(datacenter: try DatacenterID(name), publicKey: try self.key(number).publicKey)
    }

    private static func genesis() throws -> Genesis {
        try Genesis(
            clusterID: [UInt8](repeating: 7, count: 16),
            boundaryKey: [UInt8](repeating: 8, count: 16),
            members: zip(self.names, 1...).map { try self.member($0, $1) },
            policy: .any2,
            createdAtMicroseconds: 0,
            adminTokenHash: .zero
        )
    }

    /// A receipt as `tarn receipt` prints it, signed with the keys of these numbers in these names.
    private static func receipt(_ signers: [(String, UInt8)]) throws -> OfflineReceipt {
        let digest = Digest(words: 1, 2, 3, 4)
        let unsigned = DurabilityReceipt(
            cluster: try self.genesis().clusterName,
            op: Op(9),
            entry: digest,
            root: digest,
            closureCount: 1,
            closureBytesCount: 2,
            signatures: []
        )
        let signatures = try signers.map { name, number in
            let bytes = try self.key(number).sign(unsigned.statement(by: DatacenterID(name)))
            return "{\"dc\":\"\(name)\",\"signature\":\"\(Hex.encode(bytes))\"}"
        }
        let json = """
            {"cluster":"\(unsigned.cluster)","op":9,"entry":"\(digest.hex)","root":"\(digest.hex)",
            "closure_count":1,"closure_bytes":2,"signatures":[\(signatures.joined(separator: ","))]}
            """
        return try OfflineReceipt(json: Array(json.utf8))
    }

    @Test("two of three members are enough, one is not, and a forged or foreign signature is refused")
    func genesisMembers() throws {
        let genesis = try Self.genesis()
        let holders = try Self.receipt([("dc1", 1), ("dc3", 3)]).verify(against: genesis)
        #expect(holders.map(\.name) == ["dc1", "dc3"])
        for signers in [[("dc1", 1)], [("dc1", 1), ("dc2", 9)], [("dc1", 1), ("dc1", 1)], [("dc1", 1), ("dc4", 4)]] {
            let receipt = try Self.receipt(signers.map { ($0.0, UInt8($0.1)) })
            #expect(throws: ClientError.self, "\(signers)") { try receipt.verify(against: genesis) }
        }
    }

    @Test("what learners and replaced members signed counts for nothing and harms nothing")
    func memberships() throws {
        let genesis = try Self.genesis()
        let newcomer = Membership.Member(
            datacenter: try DatacenterID("dc4"),
            publicKey: try Self.key(4).publicKey,
            peer: "10.0.0.4:7100",
            api: "https://10.0.0.4:8100"
        )
        let replaced = try Membership(genesis).replacing(seat: 2, by: newcomer)
        let receipt = try Self.receipt([("dc1", 1), ("dc2", 2), ("dc3", 3)])
        #expect(try receipt.holders(in: replaced, of: genesis).map(\.name) == ["dc1", "dc2"])
        #expect(
            try Self.receipt([("dc4", 4), ("dc2", 2)]).holders(in: replaced, of: genesis).map(\.name) == ["dc4", "dc2"]
        )
        #expect(throws: ClientError.self) {
            try Self.receipt([("dc1", 1), ("dc3", 3)]).holders(in: replaced, of: genesis)
        }
        let alone = try replaced.recovered(seat: 0, lineage: 5)
        let learning = try alone.learning([
            newcomer.named("dc5", at: 5), newcomer.named("dc6", at: 6),
        ])
        #expect(try Self.receipt([("dc1", 1), ("dc5", 4)]).holders(in: learning, of: genesis).map(\.name) == ["dc1"])
        #expect(throws: ClientError.self) {
            try Self.receipt([("dc5", 4), ("dc6", 4)]).holders(in: learning, of: genesis)
        }
    }
}

extension Membership.Member {
    fileprivate func named(_ name: String, at number: Int) throws -> Self {
        Self(
            datacenter: try DatacenterID(name),
            publicKey: self.publicKey,
            peer: "10.0.0.\(number):7100",
            api: "https://10.0.0.\(number):8100"
        )
    }
}
