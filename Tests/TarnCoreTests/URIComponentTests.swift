import TarnCore
import TarnTestKit
import Testing

@Suite("URI components")
struct URIComponentTests {
    @Test("random bytes come back")
    func roundTrip() {
        var random = SplitMix64(seed: 7)
        for count in 0..<200 {
            let bytes = random.bytes(count)
            #expect(URIComponent.decode(URIComponent.encode(bytes)) == bytes)
        }
    }

    @Test("what a URI reserves is encoded, and a percent sign alone stays")
    func components() {
        #expect(URIComponent.encode(Array("aZ0-_.!~*'() ä/%".utf8)) == Array("aZ0-_.!~*'()%20%C3%A4%2F%25".utf8))
        #expect(URIComponent.decode("a%2fb%2Fc+%zz%4") == "a/b/c+%zz%4")
        #expect(URIComponent.decode("%ff") == "%ff")
    }
}
