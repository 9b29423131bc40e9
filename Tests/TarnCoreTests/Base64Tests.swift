import Foundation
import TarnCore
import TarnTestKit
import Testing

@Suite struct Base64Tests {
    @Test(
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
    )
    func theExamplesOfRFC4648(_ text: String, _ encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.encodeToUTF8(Array(text.utf8)) == Array(encoded.utf8))
        #expect(Base64.decode(encoded) == Array(text.utf8))
        #expect(Base64.decode(utf8: encoded.utf8.filter { $0 != 0x3d }[...]) == Array(text.utf8))
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func whatIsEncodedIsDecodedAsFoundationDoes(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for count in 0..<200 {
            let bytes = random.bytes(count)
            let text = Base64.encode(bytes)
            #expect(text == Data(bytes).base64EncodedString(), "seed \(seed)")
            #expect(Base64.decode(text) == bytes, "seed \(seed)")
            #expect(Base64.decode(Base64.encodeForURL(bytes)) == bytes, "seed \(seed)")
        }
    }

    @Test(
        arguments: [
            "A", "A===", "AA=", "AAA==", "A*==", "====", "=", "AA==AA==", "é", "Z", "Zg=", "Z===", "Zm9v=", "Zg==Zg==",
        ]
    )
    func whatIsNotBase64IsRefused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["Zh==", "Zm9=", "Zm 9"])
    func bitsThatNoByteUsesAreRefused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["aGVsbG8=", "aGVsbG8", "aGVs\r\nbG8=\n", " aGVs bG8= "])
    func paddingAndWhiteSpaceAreOptional(_ text: String) {
        #expect(Base64.decode(text) == Array("hello".utf8))
    }
}
