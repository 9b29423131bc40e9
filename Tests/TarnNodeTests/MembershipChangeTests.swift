import TarnCore
import Testing

@testable import TarnNode

/// What a change of the membership means for a node that was not there.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct MembershipChangeTests {
    @Test func `a node that was away takes over several changes at once`() async throws {
        try await LocalNodes.run { cluster in
            let op = try await cluster.write("/workspace/a", "one")
            let (primary, away) = (cluster.nodes[0], cluster.nodes[2])
            try await cluster.eventually("all have the op") { cluster.nodes.allSatisfy { $0.head.op >= op } }
            away.end(.restart)
            try await cluster.eventually("it ends") { away.hasEnded }
            for isElectable in [true, false, true] {
                let next = try primary.membership.electingObserver(isElectable)
                try await primary.reconfigure(Reconfiguration(.electObserver, next))
            }
            let later = try await cluster.write("/workspace/b", "two")
            try await cluster.restarted(2) { node in
                try await cluster.eventually("it follows") { node.head.op >= later }
                #expect(await node.trouble == nil)
                #expect(node.membership.epoch == 3 && node.membership.isObserverElectable)
            }
        }
    }

    @Test func `of two that have a cluster grow at once, one is told that nothing was done`() async throws {
        try await LocalNodes.run(count: 1) { cluster in
            let node = cluster.nodes[0]
            let first = try node.membership.learning([Self.member("dc2", 2), Self.member("dc3", 3)])
            let second = try node.membership.learning([Self.member("dc4", 4), Self.member("dc5", 5)])
            try await node.teach(first)
            let error = await #expect(throws: NodeError.self) { try await node.teach(second) }
            #expect(error?.code == .conflict)
            try await cluster.eventually("it ends") { node.hasEnded }
            try await cluster.restarted(0) { node in #expect(node.membership == first) }
        }
    }

    static func member(_ name: String, _ number: UInt8) throws -> Membership.Member {
        Membership.Member(
            datacenter: try DatacenterID(name),
            publicKey: Array(repeating: number, count: 32),
            peer: "127.0.0.1:\(7_200 + Int(number))",
            api: "http://127.0.0.1:\(8_200 + Int(number))"
        )
    }
}
