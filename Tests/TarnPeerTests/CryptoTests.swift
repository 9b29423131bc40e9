import TarnCore
import TarnCrypto
import Testing

@Suite struct CryptoTests {
    /// RFC 8032, section 7.1, tests 1 to 3.
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ])
    func signaturesFollowTheStandard(seed: String, publicKey: String, message: String, signature: String) throws {
        let key = try SigningKey(seed: #require(Hex.decode(seed.utf8)))
        let text = try #require(Hex.decode(message.utf8))
        #expect(Hex.encode(key.publicKey) == publicKey)
        #expect(Hex.encode(try key.sign(text)) == signature)
        #expect(Ed25519.isValid(signature: try key.sign(text), of: text, publicKey: key.publicKey))
    }

    @Test func changedSignaturesMessagesAndKeysAreRejected() throws {
        let key = try SigningKey.generate()
        let message = Array("op 12 is durable".utf8)
        var signature = try key.sign(message)
        #expect(!Ed25519.isValid(signature: signature, of: message + [0], publicKey: key.publicKey))
        #expect(!Ed25519.isValid(signature: signature, of: message, publicKey: try SigningKey.generate().publicKey))
        #expect(!Ed25519.isValid(signature: signature, of: message, publicKey: [1, 2, 3]))
        #expect(!Ed25519.isValid(signature: Array(signature.dropLast()), of: message, publicKey: key.publicKey))
        signature[10] ^= 1
        #expect(!Ed25519.isValid(signature: signature, of: message, publicKey: key.publicKey))
    }

    @Test func signingKeysSurviveTheirTextForm() throws {
        let key = try SigningKey.generate()
        let again = try SigningKey(pem: key.pem())
        #expect(again.publicKey == key.publicKey)
        #expect(try again.sign([1, 2]) == key.sign([1, 2]))
        #expect("\(key)" == "signing key")
    }

    @Test(arguments: ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
    func textThatIsNoKeyIsAnError(text: String) {
        #expect(throws: CryptoError.self) { try SigningKey(pem: text) }
    }

    @Test func keysOfAnotherKindAreNotSigningKeys() throws {
        let identity = try Cluster().identity(0)
        let error = #expect(throws: CryptoError.self) { try SigningKey(pem: identity.privateKeyPEM) }
        #expect(error?.code == .invalidKey)
    }

    @Test func randomBytesDiffer() throws {
        let first = try SecureRandom.bytes(count: 32)
        #expect(first.count == 32)
        #expect(try SecureRandom.bytes(count: 32) != first)
        #expect(try SecureRandom.bytes(count: 0).isEmpty)
    }

    @Test(
        arguments: [([], [], true), ([1, 2], [1, 2], true), ([1, 2], [1, 3], false), ([1], [1, 2], false)]
            as [([UInt8], [UInt8], Bool)]
    )
    func constantTimeComparisonAgreesWithEquality(left: [UInt8], right: [UInt8], isEqual: Bool) {
        #expect(ConstantTime.isEqual(left, right) == isEqual)
    }
}
