internal import SwiftProtobuf
internal import TarnConsensus
internal import TarnCore
internal import TarnHTTP2

/// Decodes a peer's call, asks the node, and encodes the answer. Errors become gRPC statuses on the control calls and
/// HTTP statuses on bulk.
struct PeerRouter<Codec: EntryBodyCodec>: Sendable {
    private let delegate: any PeerDelegate
    private let codec: Codec
    private let exchange: MembershipExchange?
    /// Where short control calls are answered; everything else is in the pool.
    private let controlExecutor: any TaskExecutor

    init(
        delegate: any PeerDelegate,
        codec: Codec,
        exchange: MembershipExchange? = nil,
        controlExecutor: any TaskExecutor = globalConcurrentExecutor
    ) {
        self.delegate = delegate
        self.codec = codec
        self.exchange = exchange
        self.controlExecutor = controlExecutor
    }

    func respond(to request: HTTP2Request) async -> HTTP2Response {
        guard let name = request.peer, let peer = try? DatacenterID(name) else {
            return .complaint(status: 401, "calls between nodes need a node's certificate")
        }
        if let call = BulkCall(path: request.path) {
            guard request.method == "POST" else { return .complaint(status: 405, "\(request.path) takes POST") }
            do {
                try self.exchange?.check(request.headers, from: peer)
            } catch {
                return .complaint(status: error.code.httpStatus, error.message)
            }
            return await withTaskExecutorPreference(globalConcurrentExecutor) {
                await self.answer(call, request, from: peer)
            }
        }
        guard request.headers["content-type"]?.hasPrefix(RemoteCall.contentType) == true else {
            return .complaint(status: 404, "there is no \(request.path); calls of tarn.peer.v1.Control are gRPC")
        }
        // What is large would be in the way there.
        let executor = request.body.count > Limits.controlBytesMax ? globalConcurrentExecutor : self.controlExecutor
        return await withTaskExecutorPreference(executor) { await self.answerControl(request, from: peer) }
    }

    // MARK: - Control

    private func answerControl(_ request: HTTP2Request, from peer: DatacenterID) async -> HTTP2Response {
        do {
            guard request.method == "POST" else { throw PeerError(.malformed, "calls are POST requests") }
            try self.exchange?.check(request.headers, from: peer)
            let reply: [UInt8]
            switch request.path {
            case RemoteCall.deliverPath:
                reply = try await self.deliver(RemoteCall.message(in: request.body), from: peer)
            case RemoteCall.gossipPath: reply = try await self.gossip(RemoteCall.message(in: request.body), from: peer)
            default: throw PeerError(.unsupported, "there is no call \(request.path)")
            }
            return HTTP2Response(
                status: 200,
                headers: self.signed(["content-type": RemoteCall.contentType]),
                body: RemoteCall.framed(reply),
                trailers: ["grpc-status": String(RemoteCall.Status.ok.rawValue)]
            )
        } catch {
            let error = Self.peerError(error)
            // Headers alone end the stream: gRPC's "trailers only".
            return HTTP2Response(
                status: 200,
                headers: self.signed([
                    "content-type": RemoteCall.contentType,
                    "grpc-status": String(RemoteCall.Status(error.code).rawValue),
                    "grpc-message": RemoteCall.encoded(error.message),
                ])
            )
        }
    }

    private func signed(_ headers: HTTP2Headers) -> HTTP2Headers {
        var headers = headers
        self.exchange?.sign(&headers)
        return headers
    }

    private func deliver(_ bytes: [UInt8], from peer: DatacenterID) async throws -> [UInt8] {
        let request: WireDeliverRequest = try Self.decode(bytes)
        let conversion = WireConversion(codec: self.codec)
        let content = try conversion.content(of: request)
        let answers = await self.delegate.receive(
            content.messages,
            inline: content.inline,
            takesAnswers: request.takesAnswers,
            from: peer
        )
        return try conversion.reply(answers).serializedBytes()
    }

    private func gossip(_ bytes: [UInt8], from peer: DatacenterID) async throws -> [UInt8] {
        let heads = try WireConversion<Codec>.heads(try Self.decode(bytes))
        let answer = await self.delegate.receive(heads, from: peer)
        return try WireConversion<Codec>.wire(answer).serializedBytes()
    }

    private static func decode<Value: SwiftProtobuf.Message>(_ bytes: [UInt8]) throws -> Value {
        do {
            return try Value(serializedBytes: bytes)
        } catch {
            throw PeerError(.malformed, "not a protobuf message of this call: \(error)")
        }
    }

    // MARK: - Bulk

    private func answer(_ call: BulkCall, _ request: HTTP2Request, from peer: DatacenterID) async -> HTTP2Response {
        do {
            let body = try await self.reply(to: call, request.body, from: peer)
            guard body.count <= Limits.peerBodyBytesMax else {
                throw PeerError(.rejected, "the reply would have \(body.count) bytes")
            }
            return HTTP2Response(status: 200, headers: ["content-type": BulkBody.contentType], body: body)
        } catch {
            let error = Self.peerError(error)
            return .complaint(status: error.code.httpStatus, error.message)
        }
    }

    private func reply(to call: BulkCall, _ body: [UInt8], from peer: DatacenterID) async throws -> [UInt8] {
        switch call {
        case .want:
            let addresses = try WantBody.decode(body)
            let held = try await self.delegate.want(addresses, from: peer)
            guard held.count == addresses.count else {
                throw PeerError(.rejected, "\(held.count) answers to \(addresses.count) addresses")
            }
            return WantBody.encodeReply(held)
        case .blobs:
            let asked = try BlobsBody.decode(body)
            let blobs = try await self.delegate.storedBlobs(asked.addresses, bytesMax: asked.bytesMax, from: peer)
            return BlobsBody.encodeReply(blobs)
        case .log:
            let asked = try LogBody.decode(body)
            let page = try await self.delegate.logEntries(after: asked.after, bytesMax: asked.bytesMax, from: peer)
            return LogBody.encodeReply(page, codec: self.codec)
        case .stage:
            try await self.delegate.stage(StageBody.decode(body), from: peer)
            return []
        case .attest:
            let asked = try AttestBody.decode(body)
            return AttestBody.encodeReply(try await self.delegate.attest(op: asked.op, entry: asked.entry, from: peer))
        case .compare:
            return CompareBody.encodeReply(try await self.delegate.compare(CompareBody.decode(body), from: peer))
        }
    }

    /// What the node throws is a rejection; what decoding throws says so itself.
    private static func peerError(_ error: any Error) -> PeerError {
        error as? PeerError ?? PeerError(.rejected, "\(error)")
    }
}

extension RemoteCall.Status {
    init(_ code: PeerError.Code) {
        self =
            switch code {
            case .malformed: .invalidArgument
            case .tooLarge: .resourceExhausted
            case .untrusted: .unauthenticated
            case .unavailable: .unavailable
            case .unknownOutcome: .deadlineExceeded
            case .rejected: .internalError
            case .unsupported: .unimplemented
            }
    }

    var code: PeerError.Code {
        switch self {
        case .invalidArgument: .malformed
        case .resourceExhausted: .tooLarge
        case .unauthenticated: .untrusted
        case .unavailable: .unavailable
        case .deadlineExceeded: .unknownOutcome
        case .ok, .internalError: .rejected
        case .unimplemented: .unsupported
        }
    }
}

extension PeerError.Code {
    /// The HTTP status that carries this code on bulk calls.
    var httpStatus: Int {
        switch self {
        case .malformed: 400
        case .untrusted: 401
        case .tooLarge: 413
        case .rejected: 500
        case .unsupported: 501
        case .unavailable: 503
        case .unknownOutcome: 504
        }
    }

    init(httpStatus: Int) {
        self =
            switch httpStatus {
            case 400: .malformed
            case 401, 403: .untrusted
            case 413, 431: .tooLarge
            case 404, 405, 501: .unsupported
            case 503: .unavailable
            case 504: .unknownOutcome
            default: .rejected
            }
    }
}
