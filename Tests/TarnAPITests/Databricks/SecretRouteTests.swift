import HTTPTypes
import TarnCore
import TarnCrypto
import Testing

@testable import TarnAPI

@Suite struct SecretRouteTests {
    private static let api = "/api/2.0/secrets"

    @Test func aSecretIsSealedInTheLogAndOpensForWhoMayReadIt() async throws {
        try await APITest.run { node, client async throws in
            let value = "correct horse battery staple"
            _ = try await client.send(.post, "\(Self.api)/scopes/create", #"{"scope": "s"}"#, token: APITest.writer)
            let put = try await client.send(
                .post,
                "\(Self.api)/put",
                #"{"scope": "s", "key": "k", "string_value": "\#(value)"}"#,
                token: APITest.writer
            )
            #expect(put.text == "{}")
            let entry = try #require(node["/meta/secret/main/s:k.json"])
            let stored = String(decoding: try await node.blob(entry.content), as: UTF8.self)
            #expect(!stored.contains(value))
            #expect(!stored.contains(Base64.encode(Array(value.utf8))))
            let get = try await client.get("\(Self.api)/get?scope=s&key=k", token: APITest.writer)
            #expect(Base64.decode(try get.string("value")) == Array(value.utf8))
            let list = try await client.get("\(Self.api)/list?scope=s", token: APITest.writer)
            #expect(try list.names("secrets", "key") == ["k"])
            #expect(!list.text.contains("sealed"))
            #expect(try await client.get("\(Self.api)/get?scope=s&key=k", token: APITest.reader).status == 403)
            #expect(try await client.get("\(Self.api)/get?scope=s&key=k", token: APITest.admin).status == 200)
            let grant = #"{"scope": "s", "principal": "reader", "permission": "READ"}"#
            _ = try await client.send(.post, "\(Self.api)/acls/put", grant, token: APITest.writer)
            #expect(try await client.get("\(Self.api)/get?scope=s&key=k", token: APITest.reader).status == 200)
        }
    }

    @Test func aScopeGoesWithWhatIsInIt() async throws {
        try await APITest.run { node, client async throws in
            for scope in ["s", "s2"] {
                _ = try await client.send(.post, "\(Self.api)/scopes/create", #"{"scope": "\#(scope)"}"#)
                let put = #"{"scope": "\#(scope)", "key": "k", "string_value": "v"}"#
                _ = try await client.send(.post, "\(Self.api)/put", put)
            }
            let again = try await client.send(.post, "\(Self.api)/scopes/create", #"{"scope": "s"}"#)
            #expect(again.errorCode == "RESOURCE_ALREADY_EXISTS")
            #expect(try await client.send(.post, "\(Self.api)/scopes/delete", #"{"scope": "s"}"#).text == "{}")
            #expect(node["/meta/secret/main/s:k.json"] == nil)
            #expect(node["/meta/secret/main/s2:k.json"] != nil)
            #expect(try await client.get("\(Self.api)/scopes/list").names("scopes", "name") == ["s2"])
            let gone = try await client.get("\(Self.api)/get?scope=s&key=k")
            #expect(gone.status == 404)
            #expect(gone.errorCode == "RESOURCE_DOES_NOT_EXIST")
        }
    }

    @Test(arguments: [#""key": "a/b""#, #""key": "a:b""#, #""key": """#, #""key": "k", "bytes_value": "!""#])
    func badNamesAndValuesAreRefused(_ rest: String) async throws {
        try await APITest.run { _, client async throws in
            _ = try await client.send(.post, "\(Self.api)/scopes/create", #"{"scope": "s"}"#)
            let value = rest.contains("bytes_value") ? "" : #", "string_value": "v""#
            let answer = try await client.send(.post, "\(Self.api)/put", #"{"scope": "s", \#(rest)\#(value)}"#)
            #expect(answer.status == 400)
            #expect(answer.errorCode == "INVALID_PARAMETER_VALUE")
        }
    }
}

@Suite struct SecretBoxTests {
    private static func box(_ byte: UInt8) throws -> SecretBox { try SecretBox(key: Array(repeating: byte, count: 32)) }

    @Test(arguments: [0, 1, 15, 16, 1_000])
    func whatWasSealedOpensAsItWas(_ count: Int) throws {
        let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let sealed = try Self.box(1).seal(plain, context: "a")
        #expect(try Self.box(1).open(sealed, context: "a") == plain)
        #expect(try Self.box(1).seal(plain, context: "a") != sealed)
    }

    @Test func nothingElseOpensIt() throws {
        let sealed = try Self.box(1).seal([1, 2, 3], context: "a")
        #expect(throws: CryptoError.self) { try Self.box(2).open(sealed, context: "a") }
        #expect(throws: CryptoError.self) { try Self.box(1).open(sealed, context: "b") }
        #expect(throws: CryptoError.self) { try Self.box(1).open([1, 2, 3], context: "a") }
        for index in sealed.indices {
            var broken = sealed
            broken[index] ^= 1
            #expect(throws: CryptoError.self) { try Self.box(1).open(broken, context: "a") }
        }
    }

    @Test func codesDependOnKeyPurposeAndMessage() throws {
        let code = try Self.box(1).authenticate([1], purpose: "p")
        #expect(code.count == 32)
        #expect(try Self.box(1).authenticate([1], purpose: "p") == code)
        #expect(try Self.box(1).authenticate([1], purpose: "q") != code)
        #expect(try Self.box(1).authenticate([2], purpose: "p") != code)
        #expect(try Self.box(2).authenticate([1], purpose: "p") != code)
    }
}
