import TarnCore
import TarnCrypto
import Testing

@testable import TarnNode

struct TokenTests {
    private static let secret = [UInt8](0..<32)

    @Test func `a token's text comes back as it was`() throws {
        let token = BearerToken(id: "ci-7", secret: Self.secret)
        #expect(BearerToken(token.text) == token)
        #expect(token.hash == SHA256.digest(Self.secret))
    }

    @Test(arguments: [
        "", "tarn", "tarn_admin", "tarn_admin_00", "tarn__" + String(repeating: "0", count: 64),
        "other_admin_" + String(repeating: "0", count: 64), "tarn_../x_" + String(repeating: "0", count: 64),
        "tarn_admin_" + String(repeating: "g", count: 64), "tarn_a_b_" + String(repeating: "0", count: 64),
    ])
    func `what is not a token is refused`(text: String) {
        #expect(BearerToken(text) == nil)
    }

    @Test func `a document holds the hash and comes back`() throws {
        let path = try NamespacePath("/workspace/main")
        let document = TokenDocument(
            id: "ci",
            name: "builds",
            scope: .write,
            paths: [path],
            hash: SHA256.digest(Self.secret),
            createdAt: 5
        )
        let bytes = try document.json()
        #expect(!String(decoding: bytes, as: UTF8.self).contains(Hex.encode(Self.secret)))
        let read = try TokenDocument(json: bytes)
        #expect(read == document)
        #expect(read.principal(at: 0) == Principal(name: "builds", scope: .write, paths: [path], tokenID: "ci"))
    }

    @Test(arguments: ["", "{}", "[1]", #"{"id":"a","name":"b","scope":"god","paths":[],"sha256":"00","created_at":1}"#])
    func `a damaged document gives nobody access`(json: String) {
        let document = try? TokenDocument(json: Array(json.utf8))
        #expect(document?.principal(at: 0) == nil)
    }
}
