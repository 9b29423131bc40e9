import HTTPTypes
import Synchronization
import TarnCore
import TarnCrypto
import TarnMerkle
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct OrphanRouteTests {
    @Test func orphansOfSecretsAreShownToAdministratorsOnly() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/n", "1")
            try await node.write("/meta/secret/s", "hush")
            let orphans = node.state.withLock { state in
                state.orphans = zip(state.headers, state.changeSets).dropFirst().map { header, set in
                    Orphan(
                        hash: header.hash(SHA256.self),
                        entry: LogEntry(header: header, body: set.encoded()),
                        committedAs: nil,
                        isDecided: false
                    )
                }
                return state.orphans
            }
            let targets = orphans.map { "/v1/orphans/\($0.hash)" }
            #expect(try await client.get(targets[0], token: APITest.reader).bytes == orphans[0].entry.body)
            let refused = try await client.get(targets[1], token: APITest.writer)
            #expect(refused.status == 403)
            #expect(!refused.text.contains("/meta"))
            #expect(try await client.get(targets[1]).bytes == orphans[1].entry.body)
        }
    }
}
