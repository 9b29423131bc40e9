import TarnConsensus
import TarnCore
import TarnCrypto
import TarnHTTP2
import Testing

@testable import TarnPeer

/// What any HTTP/2 client sees, gRPC tools included.
@Suite struct PeerRouterTests {
    /// Sends `request` with a node's certificate and returns the bare answer.
    private static func answer(_ request: HTTP2Request) async throws -> HTTP2Response {
        let cluster = try Cluster()
        return try await withPeerServer(cluster) { address async throws in
            let security = try PeerSecurity(
                identity: cluster.identity(1),
                accepting: Set(cluster.members),
                role: .server
            )
            let client = HTTP2Client(
                address: address,
                security: security.transport,
                group: Fixtures.group,
                logger: Fixtures.logger
            )
            return try await client.send(request, deadline: .soon)
        }
    }

    @Test func aCallEndsWithStatusZeroInTheTrailers() async throws {
        let call = HTTP2Request(
            path: "/tarn.peer.v1.Control/Deliver",
            headers: ["content-type": "application/grpc+proto", "te": "trailers"],
            body: [0, 0, 0, 0, 0]
        )
        let response = try await Self.answer(call)
        #expect(response.status == 200)
        #expect(response.headers["content-type"] == "application/grpc")
        #expect(response.body == [0, 0, 0, 0, 0])
        #expect(response.trailers["grpc-status"] == "0")
    }

    @Test(
        arguments: [
            ("/tarn.peer.v1.Control/Unknown", [0, 0, 0, 0, 0], "12"),
            ("/tarn.peer.v1.Control/Deliver", [0, 0, 0, 0, 9], "3"),
            ("/tarn.peer.v1.Control/Deliver", [0, 0, 0, 0, 1, 255], "3"),
            ("/tarn.peer.v1.Control/Deliver", [1, 0, 0, 0, 0], "12"),
            ("/tarn.peer.v1.Control/Gossip", [], "3"),
        ] as [(String, [UInt8], String)]
    )
    func aFailedCallHasItsStatusInTheHeadersAlone(path: String, body: [UInt8], status: String) async throws {
        let response = try await Self.answer(
            HTTP2Request(path: path, headers: ["content-type": "application/grpc"], body: body)
        )
        #expect(response.status == 200)
        #expect(response.headers["grpc-status"] == status)
        #expect(response.headers["grpc-message"]?.isEmpty == false)
        #expect(response.body.isEmpty)
    }

    @Test(arguments: [
        ("POST", "/peer/v1/nothing", 404), ("GET", "/peer/v1/want", 405), ("POST", "/peer/v1/want", 400),
        ("GET", "/", 404),
        ("POST", "/tarn.peer.v1.Control/Deliver", 404),
    ])
    func otherRequestsGetAnHTTPStatusAndAReason(method: String, path: String, status: Int) async throws {
        let response = try await Self.answer(HTTP2Request(method: method, path: path))
        #expect(response.status == status)
        #expect(!response.body.isEmpty)
    }

    @Test func callsWithoutACertificateAreRefused() async throws {
        let router = PeerRouter(delegate: RecordingDelegate(), codec: PlainBodyCodec())
        let response = await router.respond(to: HTTP2Request(path: "/peer/v1/want"))
        #expect(response.status == 401)
    }
}
