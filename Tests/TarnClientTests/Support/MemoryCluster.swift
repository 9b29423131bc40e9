import NIOCore
import Synchronization
import TarnClient
import TarnCore
import TarnCrypto

/// A cluster of one in memory that answers the routes that transfers use, by the rules of the namespace.
final class MemoryCluster: TarnTransport {
    typealias Entries = [NamespacePath: Entry]

    struct State {
        /// Every state by its op; the last one is the present.
        var states: [Entries] = [[:]]
        var blobs: [BlobAddress: [UInt8]] = [:]
        var manifests: [BlobAddress: Manifest] = [:]
        var requests: [String] = []
        /// Change sets in the order of their ops.
        var sets: [ChangeSet] = []
        var bodies: [Int] = []
        var answered: [String: TransportResponse] = [:]
        var clientsCount = 0
        /// What the content of a file is answered with whose blobs are not all here.
        var lostStatus = 503
        /// Called before a request is answered; an error is thrown to the client.
        var disturb: (@Sendable (TransportRequest, inout State) throws -> Void)?
    }

    struct TransportResponse {
        var status = 200
        var headers: [String: String] = [:]
        var body: [UInt8] = []
    }

    struct Refusal: Error {
        let status: Int
        let code: String
        let message: String
    }

    let state = Mutex(State())

    var entries: Entries { self.state.withLock { $0.states[$0.states.count - 1] } }
    var op: Op { self.state.withLock { Op(UInt64($0.states.count - 1)) } }
    var requests: [String] { self.state.withLock { $0.requests } }
    var sets: [ChangeSet] { self.state.withLock { $0.sets } }

    func forgetRequests() {
        self.state.withLock { state in
            state.requests = []
            state.bodies = []
        }
    }

    func client() throws -> TarnHTTPClient {
        let configuration = try ClientConfiguration(
            yaml: """
                cluster: 00112233445566778899aabbccddeeff
                nodes: [{dc: dc1, url: "http://127.0.0.1:1"}]
                token: secret
                """,
            directory: "/"
        )
        // Every process counts its requests from 1, so that each needs a name of its own.
        let number = self.state.withLock { state in
            state.clientsCount += 1
            return state.clientsCount
        }
        return try TarnHTTPClient(configuration: configuration, transport: self, clientName: "test-\(number)")
    }

    func pause(milliseconds: Int) async throws {}

    func exchange(
        _ request: TransportRequest,
        with url: String,
        receive: @Sendable (Int, ByteBuffer) async throws -> Void
    ) async throws -> TransportResponseHead {
        let response = try self.state.withLock { state in
            if let disturb = state.disturb { try disturb(request, &state) }
            return self.answer(request, &state)
        }
        if !response.body.isEmpty { try await receive(response.status, ByteBuffer(bytes: response.body)) }
        return TransportResponseHead(status: response.status, headers: response.headers)
    }

    /// What someone else writes meanwhile.
    func write(_ changes: [Change]) throws {
        try self.state.withLock { try NamespaceRules.commit(try ChangeSet(changes), to: &$0) }
    }

    func put(_ path: String, _ content: [UInt8]) throws {
        let address = SHA256.digest(content)
        self.state.withLock { $0.blobs[address] = content }
        let entry = try Entry.file(content: address, size: UInt64(content.count))
        try self.write([Change(path: NamespacePath(path), action: .put(entry))])
    }

    private func answer(_ request: TransportRequest, _ state: inout State) -> TransportResponse {
        let id = request.headers.first { $0.name == "Tarn-Request" }?.value
        if let id, let known = state.answered[id] { return known }
        let parts = request.target.split(separator: "?", maxSplits: 1)
        state.requests.append("\(request.method.rawValue) \(parts[0])")
        state.bodies.append(request.body?.readableBytes ?? 0)
        var response: TransportResponse
        do {
            response = try MemoryRoutes.answer(request, &state)
        } catch let refusal as Refusal {
            response = TransportResponse(status: refusal.status)
            response.body = Array(#"{"error_code":"\#(refusal.code)","message":"\#(refusal.message)"}"#.utf8)
        } catch {
            response = TransportResponse(status: 400)
            response.body = Array(#"{"error_code":"INVALID_REQUEST","message":"\#(error)"}"#.utf8)
        }
        let op = state.states.count - 1
        if response.headers["tarn-op"] == nil { response.headers["tarn-op"] = String(op) }
        response.headers["tarn-root"] = NamespaceRules.root(state.states[op]).hex
        if let id, response.status < 300 { state.answered[id] = response }
        return response
    }
}
