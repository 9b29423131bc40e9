import TarnCore
import TarnCrypto
import Testing

@testable import TarnNode

@Suite("Token documents")
struct TokenDocumentTests {
    private static func document() -> TokenDocument {
        TokenDocument(
            id: "ci",
            name: "builds",
            scope: .write,
            paths: [],
            hash: SHA256.digest([1]),
            createdAt: 5
        )
    }

    @Test("a token ends at its time, and not before")
    func expiry() {
        var document = Self.document()
        document.expiresAt = 100
        #expect(document.principal(at: 99) != nil)
        #expect(document.principal(at: 100) == nil)
    }

    @Test("after a rotation the old secret is taken until its grace ends")
    func rotation() throws {
        let rotated = Self.document().rotated(hash: SHA256.digest([2]), at: 10, graceEnd: 20)
        #expect(rotated.hashes(at: 19) == [SHA256.digest([2]), SHA256.digest([1])])
        #expect(rotated.hashes(at: 20) == [SHA256.digest([2])])
        #expect(try TokenDocument(json: try rotated.json()) == rotated)
        let again = rotated.rotated(hash: SHA256.digest([3]), at: 11, graceEnd: 11)
        #expect(again.hashes(at: 11) == [SHA256.digest([3])])
    }

    @Test("what an old secret was shown for ends with its grace")
    func rotationOfWhatWasMade() {
        let document = Self.document()
        #expect(document.takes(secretShownAt: 5, at: 6))
        let replaced = document.rotated(hash: SHA256.digest([2]), at: 10, graceEnd: 10)
        #expect(!replaced.takes(secretShownAt: 9, at: 10))
        #expect(replaced.takes(secretShownAt: 10, at: 10))
        let graced = document.rotated(hash: SHA256.digest([2]), at: 10, graceEnd: 20)
        #expect(graced.takes(secretShownAt: 9, at: 19))
        #expect(!graced.takes(secretShownAt: 9, at: 20))
        #expect(graced.takes(secretShownAt: 10, at: 20))
    }

    @Test("a document of an earlier release is read: what it lacks is unlimited")
    func earlier() throws {
        let hash = SHA256.digest([1]).hex
        let json = #"{"id":"a","name":"b","scope":"read","paths":[],"sha256":"\#(hash)","created_at":1}"#
        let document = try TokenDocument(json: Array(json.utf8))
        #expect(document.principal(at: .max)?.limits.isEmpty == true)
        #expect(document.hashes(at: 0) == [SHA256.digest([1])])
    }
}
