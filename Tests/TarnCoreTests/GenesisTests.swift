import TarnCore
import TarnTestKit
import Testing

@Suite struct GenesisTests {
    static func make(members names: [String] = ["dc1", "dc2", "dc3"], idBytesCount: Int = 16) throws -> Genesis {
        try Genesis(
            clusterID: Array(repeating: 0xc1, count: idBytesCount),
            boundaryKey: Array(0..<16),
            members: try names.enumerated().map { index, name throws(CoreError) in
                Genesis.Member(datacenter: try DatacenterID(name), publicKey: Array(repeating: UInt8(index), count: 32))
            },
            policy: .bothPrimaries,
            createdAtMicroseconds: 1_700_000_000_000_000,
            adminTokenHash: PureSHA256.digest([1])
        )
    }

    @Test(arguments: [["dc1"], ["dc1", "dc2", "dc3"]])
    func clustersOfOneAndThreeSurviveTheRoundTrip(names: [String]) throws {
        let genesis = try Self.make(members: names)
        #expect(try Genesis(decoding: genesis.encoded()) == genesis)
        #expect(genesis.clusterName == String(repeating: "c1", count: 16))
    }

    @Test(arguments: [[], ["dc1", "dc2"], ["dc1", "dc2", "dc2"], ["a", "b", "c", "d"]])
    func otherClustersAreRejected(names: [String]) {
        #expect(throws: CoreError.self) { try Self.make(members: names) }
    }

    @Test func identifiersHaveTheirLength() {
        #expect(throws: CoreError.self) { try Self.make(idBytesCount: 15) }
    }

    @Test func onlyTheCanonicalFormIsRead() throws {
        let bytes = try Self.make().encoded()
        var random = SplitMix64(seed: 16)
        for index in bytes.indices {
            #expect(throws: CoreError.self) { try Genesis(decoding: Array(bytes[..<index])) }
            var damaged = bytes
            damaged[index] = UInt8(truncatingIfNeeded: random.next())
            if let other = try? Genesis(decoding: damaged) { #expect(other.encoded() == damaged) }
        }
        #expect(throws: CoreError.self) { try Genesis(decoding: bytes + [0]) }
    }
}
