import TarnTestKit
import Testing

@testable import TarnNotebook

@Suite("Base-64")
struct Base64Tests {
    @Test(
        "the examples of RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
    )
    func examples(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == Array(encoded.utf8))
        #expect(Base64.decode(encoded.utf8) == Array(text.utf8))
        #expect(Base64.decode(encoded.utf8.filter { $0 != 0x3d }) == Array(text.utf8))
    }

    @Test(
        "other characters, lengths and bits are refused",
        arguments: ["Z", "Zg=", "Z===", "Zh==", "Zm9=", "Zm9v=", "Zg==Zg==", "Zm 9", "Zm9-"]
    )
    func refused(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }

    @Test("line breaks are passed over")
    func lineBreaks() {
        #expect(Base64.decode("Zm9v\r\nYmFy\n".utf8) == Array("foobar".utf8))
    }

    @Test("random bytes come back")
    func roundTrip() {
        var random = SplitMix64(seed: 7)
        for count in 0..<200 {
            let bytes = random.bytes(count)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }
}
