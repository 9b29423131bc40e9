import TarnCore
import TarnTestKit
import Testing

@Suite struct AttributesTests {
    @Test func pairsStaySortedByBytes() throws {
        var attributes = try Attributes(["b": "1", "a": "2", "é": "3", "Z": "4", "": "x"].filter { !$0.key.isEmpty })
        #expect(attributes.pairs.map(\.key) == ["Z", "a", "b", "é"])
        attributes["aa"] = "5"
        attributes["b"] = nil
        attributes["nothing"] = nil
        attributes["Z"] = "6"
        #expect(attributes.pairs.map(\.key) == ["Z", "a", "aa", "é"])
        #expect(attributes["Z"] == "6" && attributes["b"] == nil)
    }

    @Test func equalityIsOfBytes() throws {
        let composed = try Attributes(["owner": "\u{e9}"])
        let decomposed = try Attributes(["owner": "e\u{301}"])
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed, composed]).count == 2)
        var both = Attributes()
        both["\u{e9}"] = "1"
        both["e\u{301}"] = "2"
        #expect(both.pairs.count == 2)
        #expect(both["\u{e9}"] == "1")
    }

    @Test func knownKeysHaveAccessors() throws {
        let attributes = try Attributes(["object_id": "7", "created_at": "8", "modified_at": "x", "kind": "notebook"])
        #expect(attributes.objectID == 7 && attributes.createdAtMicroseconds == 8)
        #expect(attributes.modifiedAtNanoseconds == nil && attributes.isNotebook)
    }

    @Test func limitsAreChecked() {
        #expect(throws: CoreError.self) { try Attributes(["": "x"]) }
        #expect(throws: CoreError.self) { try Attributes(["k": String(repeating: "x", count: 1_024)]) }
        #expect(throws: Never.self) { try Attributes(["k": String(repeating: "x", count: 1_023)]) }
        let many = Dictionary(uniqueKeysWithValues: (0..<33).map { ("k\($0)", "") })
        #expect(throws: CoreError.self) { try Attributes(many) }
    }

    @Test(
        arguments: [
            [2, 1, 0x62, 0, 1, 0x61, 0],  // not sorted
            [2, 1, 0x61, 0, 1, 0x61, 0],  // twice
            [1, 0, 0],  // no name
            [33],  // too many
            [1, 1, 0x61],  // cut
        ] as [[UInt8]]
    )
    func otherFormsAreRejected(bytes: [UInt8]) {
        var reader = CanonicalReader(bytes)
        #expect(throws: CoreError.self) { try Attributes(from: &reader) }
    }
}
