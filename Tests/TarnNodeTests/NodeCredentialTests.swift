import TarnCore
import TarnCrypto
import TarnNode
import Testing

@Suite("Node credential")
struct NodeCredentialTests {
    private static func credential(_ seed: UInt8) throws -> NodeCredential {
        NodeCredential(
            try Genesis(
                clusterID: Array(repeating: seed, count: 16),
                boundaryKey: Array(0..<16),
                members: [Genesis.Member(datacenter: DatacenterID("dc1"), publicKey: Array(repeating: 1, count: 32))],
                policy: .any2,
                createdAtMicroseconds: 1,
                adminTokenHash: .zero
            )
        )
    }

    @Test("an address is believed only with the code of this cluster and request")
    func source() throws {
        let credential = try Self.credential(1)
        let request = try RequestID(client: "c", number: 7)
        let text = credential.sign(source: "192.0.2.7", of: request)
        #expect(credential.source(in: text, of: request) == "192.0.2.7")
        #expect(credential.source(in: text, of: try RequestID(client: "c", number: 8)) == nil)
        #expect(try Self.credential(2).source(in: text, of: request) == nil)
        #expect(credential.source(in: "192.0.2.8" + text.dropFirst(9), of: request) == nil)
        #expect(credential.source(in: "192.0.2.7", of: request) == nil)
        #expect(credential.source(in: credential.sign(source: "", of: request), of: request)?.isEmpty == true)
    }

    @Test("each datacentre has a token of its own, which other clusters do not take")
    func tokens() throws {
        let (dc1, dc2) = (try DatacenterID("dc1"), try DatacenterID("dc2"))
        let token = try Self.credential(1).token(of: dc1)
        #expect(BearerToken(token.text) == token)
        #expect(try token != Self.credential(1).token(of: dc2))
        #expect(try token != Self.credential(2).token(of: dc1))
    }

    @Test("HMAC-SHA-256 gives the codes of RFC 4231")
    func messageAuthentication() {
        let first = MessageAuthentication.code(of: Array("Hi There".utf8), key: Array(repeating: 0x0b, count: 20))
        #expect(first.hex == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let second = MessageAuthentication.code(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(second.hex == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }
}
