import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import TarnCore
import TarnCrypto
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct ForwardingTests {
    /// Runs a standby whose writes go to a primary, both with a socket.
    private static func run(
        primaryTLS: NodeIdentity? = nil,
        authorityPEM: String? = nil,
        _ body: @Sendable (_ primary: FakeNode, _ standby: FakeNode, APITest.Client) async throws -> Void
    ) async throws {
        try await APITest.withNode("dc1") { primary in
            try await APITest.withNode("dc2") { standby in
                try await APITest.withListener(primary, tls: primaryTLS) { port in
                    standby.set(primaryURL: "\(primaryTLS == nil ? "http" : "https")://127.0.0.1:\(port)")
                    let server = try APITest.server(standby, authorityPEM: authorityPEM)
                    try await server.application().test(.live) {
                        try await body(primary, standby, APITest.Client(base: $0))
                    }
                }
            }
        }
    }

    @Test func writesGoToThePrimaryAndReadsStay() async throws {
        try await Self.run { primary, standby, client async throws in
            try await standby.write("/workspace/here", "local")
            let put = try await client.send(
                .put,
                "/v1/content/workspace/a",
                "hello",
                token: APITest.writer,
                headers: ["Tarn-Request": "cli/1"]
            )
            #expect(put.status == 201)
            #expect(put.header("Tarn-Root") == primary.head.root.hex)
            #expect(put.header("Tarn-Request") == "cli/1")
            #expect(primary["/workspace/a"]?.size == 5)
            #expect(primary.authors.last == "writer")
            #expect(standby["/workspace/a"] == nil)
            #expect(try await client.get("/v1/content/workspace/here").text == "local")
            #expect(try await client.get("/v1/content/workspace/a").status == 404)
        }
    }

    @Test(arguments: [
        ("a%20b[1]", "a b[1]"), ("%C3%A9[", "é["), ("a%23b#c", "a#b#c"), ("%5B%25%5D", "[%]"), ("a%2520]", "a%20]"),
        ("a+b;c=d&e@f:g!", "a+b;c=d&e@f:g!"),
    ])
    func aPathIsTheSameOneAtEveryNode(_ spelling: String, _ name: String) async throws {
        try await Self.run { primary, _, client async throws in
            let put = try await client.send(.put, "/v1/content/workspace/\(spelling)?x=[1]#2", "x")
            #expect(try put.string("path") == "/workspace/\(name)")
            #expect(primary["/workspace/\(name)"] != nil)
        }
    }

    @Test func whatNoURLCanHoldIsNotPassedOn() async throws {
        try await Self.run { primary, _, client async throws in
            let put = try await client.send(.put, "/v1/content/workspace/a?x=%zz", "x")
            #expect(put.status == 400)
            #expect(primary.commitCount == 0)
        }
    }

    @Test(arguments: [512, 1 << 20])
    func anAnswerBeforeTheEndOfTheBodyIsPassedOn(bytesCount: Int) async throws {
        try await Self.run { primary, _, client async throws in
            try await primary.write("/workspace/a", "old")
            let body = [UInt8](repeating: 7, count: bytesCount)
            // What stands there is another one, so that the primary need not read the body; the connection is used
            // again.
            for _ in 0..<5 {
                let answer = try await client.send(
                    .put,
                    "/v1/content/workspace/a",
                    bytes: body,
                    headers: ["If-Match": "\"\(Digest.zero.hex)\""]
                )
                #expect(answer.status == 412)
            }
            #expect(try await client.send(.put, "/v1/content/workspace/b", bytes: body).status == 201)
            #expect(primary["/workspace/b"]?.size == UInt64(bytesCount))
            #expect(primary["/workspace/a"]?.size == 3)
        }
    }

    @Test func stagingGoesAlongWithTheWrite() async throws {
        try await Self.run { primary, standby, client async throws in
            let bytes = Array("blob".utf8)
            let address = SHA256.digest(bytes)
            let staged = try await client.send(.post, "/v1/stage", bytes: [4] + bytes)
            #expect(staged.bytes == address.bytes)
            #expect(staged.header("Tarn-New-Blobs") == "1")
            #expect(try await client.send(.post, "/v1/want", bytes: address.bytes).bytes == [1])
            #expect(try await primary.contains([address]) == [true])
            #expect(try await standby.contains([address]) == [false])
            #expect(try await client.send(.head, "/v1/blobs/\(address.hex)").status == 404)
            let body = "{\"changes\":[{\"path\":\"/workspace/x\",\"put\":{\"sha256\":\"\(address.hex)\",\"size\":4}}]}"
            #expect(try await client.send(.post, "/v1/changes", body).number("op") == 1)
            let refused = try await client.send(.put, "/v1/blobs/\(Digest.zero.hex)", bytes: bytes)
            #expect(refused.errorCode == "DIGEST_MISMATCH")
        }
    }

    @Test func largeBodiesAreStreamedThrough() async throws {
        try await Self.run { primary, _, client async throws in
            let content = [UInt8](repeating: 0x61, count: (5 << 20) + 1)
            let put = try await client.send(.put, "/v1/content/volumes/large", bytes: content)
            #expect(put.status == 201)
            #expect(primary["/volumes/large"]?.size == UInt64(content.count))
        }
    }

    @Test func refusalsOfThePrimaryComeBackAsTheyAre() async throws {
        try await Self.run { primary, _, client async throws in
            primary.fail { $0.commit = NodeError(.conflict, "somebody was faster") }
            let answer = try await client.send(.put, "/v1/content/workspace/a", "x")
            #expect(answer.status == 409)
            #expect(try answer.string("message") == "somebody was faster")
        }
    }

    @Test func aTokenIsJudgedBeforeAnythingIsPassedOn() async throws {
        try await Self.run { primary, _, client async throws in
            #expect(try await client.send(.put, "/v1/content/workspace/a", "x", token: APITest.reader).status == 403)
            #expect(try await client.send(.put, "/v1/content/workspace/a", "x", token: nil).status == 401)
            #expect(primary.commitCount == 0)
        }
    }

    @Test func aPrimaryWithTLSIsCheckedAgainstTheAuthority() async throws {
        let validity = try CertificateValidity(startSeconds: Int64(WallClock.microseconds() / 1_000_000) - 60, days: 2)
        let authority = try CertificateAuthority.create(cluster: "c1", validity: validity)
        let stranger = try CertificateAuthority.create(cluster: "c1", validity: validity)
        let identity = try authority.issueServer(hosts: ["127.0.0.1", "localhost"], validity: validity)
        try await Self.run(primaryTLS: identity, authorityPEM: authority.certificatePEM) {
            primary,
            _,
            client async throws in
            #expect(try await client.send(.put, "/v1/content/workspace/a", "x").status == 201)
            #expect(primary["/workspace/a"] != nil)
        }
        try await Self.run(primaryTLS: identity, authorityPEM: stranger.certificatePEM) {
            primary,
            _,
            client async throws in
            let answer = try await client.send(.put, "/v1/content/workspace/a", "x")
            #expect(answer.errorCode == "UNAVAILABLE")
            #expect(primary.commitCount == 0)
        }
    }

    @Test func nobodyAtThePrimarysAddressMeansCertainlyNotOrdered() async throws {
        try await APITest.run(.live) { node, client async throws in
            node.set(primaryURL: "http://127.0.0.1:1")
            for (method, target) in [
                (HTTPRequest.Method.put, "/v1/content/workspace/a"), (.delete, "/v1/content/workspace/a"),
                (.post, "/v1/stage"),
            ] {
                let answer = try await client.send(method, target, "x")
                #expect(answer.status == 503, "\(method) \(target)")
                #expect(answer.errorCode == "UNAVAILABLE")
            }
        }
    }

    @Test func aRequestIsNotPassedOnTwice() async throws {
        try await Self.run { primary, _, client async throws in
            primary.set(primaryURL: "http://127.0.0.1:1")
            let answer = try await client.send(.put, "/v1/content/workspace/a", "x")
            #expect(answer.status == 503)
            #expect(try answer.string("message").contains("dc2 believes that it does"))
        }
    }

    @Test func aPrimaryThatHangsUpLeavesTheOutcomeOpen() async throws {
        let broken = Application(
            responder: HangingUp(),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            logger: APITest.logger
        )
        try await broken.test(.live) { listener in
            let port = try #require(listener.port)
            try await APITest.run(.live) { node, client async throws in
                node.set(primaryURL: "http://127.0.0.1:\(port)")
                let write = try await client.send(
                    .put,
                    "/v1/content/workspace/a",
                    "x",
                    headers: ["Tarn-Request": "cli/3"]
                )
                #expect(write.status == 504)
                #expect(write.errorCode == "UNKNOWN_OUTCOME")
                #expect(write.header("Tarn-Request") == "cli/3")
                #expect(try await client.send(.delete, "/v1/content/workspace/a").status == 504)
                for change in ["change", "learners"] {
                    let answer = try await client.send(.post, "/v1/membership/\(change)", "x")
                    #expect(answer.status == 504, "\(change)")
                }
                #expect(try await client.send(.post, "/v1/stage", bytes: []).status == 503)
            }
        }
    }

    /// Takes a request and closes the connection instead of answering.
    private struct HangingUp: HTTPResponder {
        struct Context: InitializableFromSource {
            let channel: any Channel

            init(source: ApplicationRequestContextSource) {
                self.channel = source.channel
            }
        }

        func respond(to request: Request, context: Context) async throws -> Response {
            for try await _ in request.body {}
            try await context.channel.close()
            return Response(status: .ok)
        }
    }
}
