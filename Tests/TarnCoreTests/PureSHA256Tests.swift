import TarnCore
import TarnCrypto
import TarnTestKit
import Testing

@Suite struct PureSHA256Tests {
    /// FIPS 180-4's examples, and the empty message.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func examplesOfTheStandard(text: String, hex: String) {
        #expect(PureSHA256.digest(Array(text.utf8)).hex == hex)
        #expect(SHA256.digest(Array(text.utf8)).hex == hex)
    }

    @Test func agreesWithTheLibraryAtEveryLength() {
        var random = SplitMix64(seed: 256)
        for count in Array(0...300) + [1_000, 4_096, 65_537] {
            let bytes = random.bytes(count)
            #expect(PureSHA256.digest(bytes) == SHA256.digest(bytes), "\(count) bytes")
        }
    }
}
