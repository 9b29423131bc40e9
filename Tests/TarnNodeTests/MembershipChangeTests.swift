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
}
