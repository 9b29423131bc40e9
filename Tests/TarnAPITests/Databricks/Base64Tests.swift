import Foundation
import TarnTestKit
import Testing

@testable import TarnAPI

@Suite struct Base64Tests {
    @Test(arguments: [UInt64(1), 2, 3])
    func whatIsEncodedIsDecodedAsFoundationDoes(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Base64.encode(bytes)
            #expect(text == Data(bytes).base64EncodedString(), "seed \(seed)")
            #expect(Base64.decode(text) == bytes)
            #expect(Base64.decode(Base64.encodeForURL(bytes)) == bytes)
        }
    }

    @Test(arguments: ["A", "A===", "AA=", "AAA==", "A*==", "====", "=", "AA==AA==", "é"])
    func whatIsNotBase64IsRefused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["aGVsbG8=", "aGVsbG8", "aGVs\nbG8=", " aGVs bG8= "])
    func paddingAndLineBreaksAreOptional(_ text: String) {
        #expect(Base64.decode(text) == Array("hello".utf8))
    }
}
