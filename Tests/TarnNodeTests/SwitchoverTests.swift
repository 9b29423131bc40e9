import TarnCore
import Testing

@testable import TarnNode

/// Who can be made the primary by a person's wish.
@Suite struct SwitchoverTests {
    private static let names = ["dc1", "dc2", "dc3"]

    private static func membership(
        of count: Int,
        votersCount: Int,
        isObserverElectable: Bool = false
    ) throws -> Membership {
        try Membership(
            epoch: 0,
            lineage: 0,
            members: self.names.prefix(count).map {
                Membership.Member(
                    datacenter: try DatacenterID($0),
                    publicKey: [UInt8](repeating: 1, count: 32),
                    peer: "",
                    api: ""
                )
            },
            votersCount: votersCount,
            isObserverElectable: isObserverElectable,
            retired: []
        )
    }

    private static func reasons(in membership: Membership) -> [String?] {
        membership.members.enumerated().map {
            Node.reasonAgainst(switchoverTo: $1.datacenter, seat: $0, in: membership)
        }
    }

    @Test func `the observer can lead once it may, and the others always`() throws {
        let plain = Self.reasons(in: try Self.membership(of: 3, votersCount: 3))
        #expect(plain[0] == nil && plain[1] == nil)
        #expect(plain[2]?.contains("dc3 is the observer, which leads only after 'tarn cluster elect-observer'") == true)
        let electable = try Self.membership(of: 3, votersCount: 3, isObserverElectable: true)
        #expect(Self.reasons(in: electable).allSatisfy { $0 == nil })
    }

    @Test func `where one votes alone, nobody is called an observer`() throws {
        let alone = Self.reasons(in: try Self.membership(of: 1, votersCount: 1))
        #expect(alone == ["dc1 is the only datacentre, and leads"])
        let learning = Self.reasons(in: try Self.membership(of: 3, votersCount: 1))
        #expect(learning.allSatisfy { $0?.contains("learn") == true && $0?.contains("observer") == false })
    }
}
