import Foundation
import HTTPTypes
import TarnCore
import TarnCrypto
import TarnMerkle
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct DiffRouteTests {
    @Test func differencesAreToldPageByPage() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/a", "1")
            try await node.write("/workspace/b", "1")
            try await node.write("/workspace/a", "22")
            try await node.change("/workspace/b", .delete(recursive: false))
            try await node.write("/workspace/c", "3")
            let all = try await client.get("/v1/diff?from=2")
            #expect(try all.names("differences") == ["/workspace/a", "/workspace/b", "/workspace/c"])
            let first = try #require(all.list("differences").first)
            #expect((first["old"] as? [String: Any])?["size"] as? Int == 1)
            #expect((first["new"] as? [String: Any])?["size"] as? Int == 2)
            #expect(try all.list("differences")[1]["new"] is NSNull)
            let page = try await client.get("/v1/diff?from=2&to=5&limit=2")
            #expect(try page.string("next") == "/workspace/b")
            let rest = try await client.get("/v1/diff?from=2&to=5&limit=2&after=/workspace/b")
            #expect(try rest.names("differences") == ["/workspace/c"])
            #expect(try rest.json["next"] is NSNull)
            #expect(try await client.get("/v1/diff?from=3&to=3").list("differences").isEmpty)
            #expect(try await client.get("/v1/diff?to=3").status == 400)
        }
    }

    @Test func secretsAreLeftOutForOthers() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/meta/secret/s", "hush")
            #expect(try await client.get("/v1/diff?from=0", token: APITest.reader).list("differences").isEmpty)
            #expect(try await client.get("/v1/diff?from=0").list("differences").count == 2)
        }
    }
}

@Suite struct ProofRouteTests {
    @Test func aProofHoldsAgainstTheRoot() async throws {
        try await APITest.run { node, client async throws in
            for number in 0..<200 { try await node.write("/workspace/f\(number)", "\(number)") }
            for (target, isThere) in [("/workspace/f7", true), ("/workspace/none", false)] {
                let answer = try await client.get("/v1/proofs\(target)?at=200")
                let bytes = try #require(Hex.decode(answer.string("proof").utf8))
                let proof = try MerkleProof(decoding: bytes)
                let root = try #require(Digest(hex: answer.string("root")))
                #expect(root == node.head.root)
                #expect(try answer.number("hash_bytes") == proof.hashBytesCount)
                #expect(try answer.number("op") == 200)
                let path = try NamespacePath(target)
                if isThere {
                    #expect(proof.verify(root: root, path: path, SHA256.self) == .included(try #require(node[target])))
                    #expect((try answer.json["entry"] as? [String: Any])?["size"] as? Int == 1)
                } else {
                    #expect(proof.verify(root: root, path: path, SHA256.self) == .absent)
                    #expect(try answer.json["entry"] is NSNull)
                }
                let parts = try #require(answer.json["parts"] as? [String: Any])
                #expect((parts["shared"] as? [Any])?.count == proof.shared.count)
            }
        }
    }

    @Test func theRootDirectoryHasNoProof() async throws {
        try await APITest.run { _, client async throws in
            #expect(try await client.get("/v1/proofs/").status == 400)
        }
    }

    @Test func aProofOfAbsenceDoesNotTellOfPathsThatAreNotForTheBearer() async throws {
        try await APITest.run { node, client async throws in
            try await node.write("/workspace/team/a", "1")
            try await node.write("/workspace/zebra", "2")
            try node.add(token: "t", name: "team", scope: .read, paths: ["/workspace/team"])
            #expect(try await client.get("/v1/proofs/workspace/team/a", token: "t").status == 200)
            let refused = try await client.get("/v1/proofs/workspace/team/b", token: "t")
            #expect(refused.status == 403)
            #expect(!refused.text.contains("zebra"))
        }
    }
}
