import HTTPTypes
import Hummingbird
import NIOCore
import TarnCore
import TarnCrypto
import TarnNode
import Testing

@testable import TarnAPI

/// Requests of those who have shown no token yet.
@Suite(.timeLimit(.minutes(1))) struct OpenRequestTests {
    private static let part = "/api/2.0/fs/upload-parts/1/1?expires=99999999999&owner=YQ&signature=AAAA"

    /// A responder without a listener, so that tests say what comes of a body, and when.
    private static func responder(_ node: FakeNode) throws -> APIResponder {
        let numbers = RequestNumbers(seed: 1)
        let forwarder = RequestForwarder(credential: node.credential, trustRoots: nil)
        let audit = AuditRecorder(node: node, forwarder: forwarder, numbers: numbers, logger: APITest.logger)
        let gate = RequestGate(limit: Limits.apiRequestsMax)
        let metrics = APIMetrics()
        var routes = RouteTable()
        NativeService(node: node, audit: audit).register(in: &routes)
        MetricsResource(node: node, metrics: metrics, gate: gate).register(in: &routes)
        let box = try SecretBox(key: Array(repeating: 3, count: SecretBox.keyBytesCount))
        DatabricksService(node: node, secretBox: box, isTLSEnabled: false).register(in: &routes)
        return APIResponder(
            node: node,
            routes: routes,
            forwarder: forwarder,
            gate: gate,
            numbers: numbers,
            metrics: metrics,
            audit: audit,
            accessTokens: nil,
            tokens: TokenGate()
        )
    }

    private static func status(
        _ responder: APIResponder,
        _ method: HTTPRequest.Method,
        _ path: String,
        token: String? = nil,
        body: RequestBody = RequestBody(buffer: ByteBuffer())
    ) async throws -> Int {
        var fields = HTTPFields()
        if let token { fields[.authorization] = "Bearer \(token)" }
        if method == .put { fields[.contentLength] = String((1 << 20) - 1) }
        let head = HTTPRequest(method: method, scheme: nil, authority: "x", path: path, headerFields: fields)
        let context = APIContext(logger: APITest.logger, source: "")
        return try await responder.respond(to: Request(head: head, body: body), context: context).status.code
    }

    @Test func theBodyBehindAForgedURLIsNotRead() async throws {
        try await APITest.withNode { node in
            let responder = try Self.responder(node)
            // Whoever reads this body waits for ever.
            let (parts, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
            let status = try await Self.status(responder, .put, Self.part, body: RequestBody(asyncSequence: parts))
            #expect(status == 403)
            continuation.finish()
        }
    }

    @Test func theyTurnAwayEachOtherAndNobodyElse() async throws {
        try await APITest.withNode { node in
            let responder = try Self.responder(node)
            let held = (0..<Limits.apiOpenRequestsMax).map { _ in responder.openGate.enter() }
            #expect(held.allSatisfy { $0 != nil })
            #expect(try await Self.status(responder, .put, Self.part) == 429)
            #expect(try await Self.status(responder, .get, "/.well-known/databricks-config") == 429)
            for path in ["/healthz", "/readyz", "/metrics"] {
                #expect(try await Self.status(responder, .get, path) == 200, "\(path)")
            }
            #expect(try await Self.status(responder, .get, "/v1/status", token: APITest.reader) == 200)
            withExtendedLifetime(held) {}
        }
    }
}
