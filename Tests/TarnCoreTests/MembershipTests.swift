import TarnCore
import Testing

@Suite
struct MembershipTests {
    private static func member(_ name: String, _ key: UInt8) throws -> Membership.Member {
        Membership.Member(
            datacenter: try DatacenterID(name),
            publicKey: [UInt8](repeating: key, count: 32),
            peer: "10.0.0.\(key):7100",
            api: "https://10.0.0.\(key):8100"
        )
    }

    private static func alone() throws -> Membership {
        try Membership(
            epoch: 0,
            lineage: 0,
            members: [self.member("dc1", 1)],
            votersCount: 1,
            isObserverElectable: false,
            retired: []
        )
    }

    private static func three() throws -> Membership {
        try self.alone().learning([self.member("dc2", 2), self.member("dc3", 3)]).grown()
    }

    @Test func `who learns has a seat and no vote, who has learned has both`() throws {
        let learning = try Self.alone().learning([Self.member("dc2", 2), Self.member("dc3", 3)])
        #expect(learning.epoch == 0)
        #expect(learning.votersCount == 1)
        let grown = try learning.grown()
        #expect(grown.epoch == 1)
        #expect(grown.votersCount == 3)
        #expect(throws: CoreError.self) { try grown.grown() }
        #expect(throws: CoreError.self) { try grown.learning([Self.member("dc4", 4), Self.member("dc5", 5)]) }
    }

    @Test func `those that only learn are no quorum, and nobody decides anything without the one that votes`() throws {
        let learning = try Self.alone().learning([Self.member("dc2", 2), Self.member("dc3", 3)])
        #expect(!learning.isQuorum([1, 2]))
        #expect(learning.isQuorum([0]) && learning.isQuorum([0, 2]))
        let grown = try Self.three()
        #expect(grown.isQuorum([1, 2]) && grown.isQuorum([0, 2]) && !grown.isQuorum([0]))
    }

    @Test func `one that never came to learn is replaced, and counts as replaced`() throws {
        let learning = try Self.alone().learning([Self.member("dc2", 2), Self.member("dc3", 3)])
        let next = try learning.relearning(seat: 2, by: Self.member("dc4", 4))
        #expect(next.members.map(\.datacenter.name) == ["dc1", "dc2", "dc4"])
        #expect(next.epoch == 0 && next.votersCount == 1)
        #expect(try next.grown().retired.map(\.name) == ["dc3"])
        #expect(throws: CoreError.self) { try next.relearning(seat: 1, by: Self.member("dc3", 5)) }
        #expect(throws: CoreError.self) { try next.relearning(seat: 0, by: Self.member("dc5", 5)) }
        #expect(throws: CoreError.self) { try Self.three().relearning(seat: 2, by: Self.member("dc5", 5)) }
        #expect(throws: CoreError.self) { try Self.alone().relearning(seat: 1, by: Self.member("dc5", 5)) }
    }

    @Test func `nobody joins at the address of another`() throws {
        let twin = Membership.Member(
            datacenter: try DatacenterID("dc9"),
            publicKey: [UInt8](repeating: 9, count: 32),
            peer: "10.0.0.2:7100",
            api: "https://10.0.0.9:8100"
        )
        #expect(throws: CoreError.self) { try Self.alone().learning([Self.member("dc2", 2), twin]) }
        #expect(throws: CoreError.self) { try Self.three().replacing(seat: 2, by: twin) }
        // The one that is lost leaves its address to whoever follows.
        #expect(try Self.three().replacing(seat: 1, by: twin).members[1] == twin)
    }

    @Test func `a name that lost its seat never gets one again`() throws {
        let next = try Self.three().replacing(seat: 1, by: Self.member("dc4", 4))
        #expect(next.members.map(\.datacenter.name) == ["dc1", "dc4", "dc3"])
        #expect(next.retired.map(\.name) == ["dc2"])
        #expect(throws: CoreError.self) { try next.replacing(seat: 0, by: Self.member("dc2", 9)) }
        #expect(throws: CoreError.self) { try next.replacing(seat: 0, by: Self.member("dc3", 9)) }
    }

    @Test func `a recovered lineage begins with one, and the others are of the past`() throws {
        let recovered = try Self.three().electingObserver(true).recovered(seat: 2, lineage: 77)
        #expect(recovered.members.map(\.datacenter.name) == ["dc3"])
        #expect(recovered.retired.map(\.name) == ["dc1", "dc2"])
        #expect(recovered.lineage == 77)
        #expect(!recovered.isObserverElectable)
    }

    @Test func `what is written down is read again, and nothing else is`() throws {
        let membership = try Self.three().electingObserver(true).replacing(seat: 0, by: Self.member("dc9", 9))
        let bytes = membership.encoded()
        #expect(try Membership(decoding: bytes) == membership)
        for change in [Reconfiguration.Change.grow, .replace(seat: 2), .electObserver, .recover] {
            let body = Reconfiguration(change, membership)
            #expect(try Reconfiguration(decoding: body.encoded()) == body)
        }
        for count in bytes.indices {
            #expect(throws: CoreError.self) { try Membership(decoding: Array(bytes[..<count])) }
        }
        #expect(throws: CoreError.self) { try Membership(decoding: bytes + [0]) }
        #expect(throws: CoreError.self) { try Reconfiguration(decoding: [1, 2, 3] + bytes) }
        #expect(throws: CoreError.self) { try Reconfiguration(decoding: [1, 9, 255] + bytes) }
    }
}
