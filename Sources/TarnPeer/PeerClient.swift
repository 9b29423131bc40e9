package import Logging
package import NIOCore
internal import SwiftProtobuf
package import TarnConsensus
package import TarnCore
package import TarnCrypto
package import TarnHTTP2

/// What a node says to one peer: control calls on a connection of their own, so that bulk transfer never delays a
/// heartbeat.
///
/// Every call may be repeated. All of them throw ``PeerError``.
package final class PeerClient: Sendable {
    package let peer: DatacenterID
    private let control: HTTP2Client
    private let bulk: HTTP2Client
    private let security: PeerSecurity
    private let codec: any EntryBodyCodec
    private let exchange: MembershipExchange?

    /// How long calls may take unless the caller says otherwise.
    package enum Patience {
        package static let control: Duration = .seconds(10)
        package static let bulk: Duration = .seconds(60)
        package static let stage: Duration = .seconds(300)
    }

    /// Connects to `peer` at `address` when first asked to; the certificate there must name that datacentre.
    /// Throws ``PeerError`` with `untrusted` when the identity is not a node's.
    package init(
        peer: DatacenterID,
        address: HTTP2Address,
        identity: NodeIdentity,
        bodyCodec: some EntryBodyCodec = PlainBodyCodec(),
        exchange: MembershipExchange? = nil,
        limits: HTTP2Limits = .peer,
        group: any EventLoopGroup,
        logger: Logger
    ) throws {
        self.security = try PeerSecurity(identity: identity, accepting: [peer], role: .server)
        let security = self.security.transport
        self.peer = peer
        self.control = HTTP2Client(address: address, security: security, limits: limits, group: group, logger: logger)
        self.bulk = HTTP2Client(address: address, security: security, limits: limits, group: group, logger: logger)
        self.codec = bodyCodec
        self.exchange = exchange
    }

    /// Bytes since the start.
    package var statistics: PeerTraffic {
        PeerTraffic(control: Self.count(self.control.traffic), bulk: Self.count(self.bulk.traffic))
    }

    /// Connects as `identity` from now on, and trusts its authority. Throws ``PeerError`` `untrusted`; then nothing has
    /// changed.
    package func renew(_ identity: NodeIdentity) throws {
        try self.security.renew(identity)
    }

    /// Ends both connections and fails what is waiting.
    package func close() async {
        await self.control.close()
        await self.bulk.close()
    }

    // MARK: - Control

    /// Hands over consensus messages with the small blobs that their entries name; returns what the peer says when it
    /// has taken them in.
    @discardableResult
    package func deliver(
        _ messages: [TarnConsensus.Message],
        inline: [StoredBlob] = [],
        within patience: Duration = Patience.control
    ) async throws -> [TarnConsensus.Message] {
        let request = self.wire(messages, inline: inline, codec: self.codec)
        let bytes: [UInt8] = try request.serializedBytes()
        // What is large would hold up the heartbeats behind it.
        let connection = bytes.count > Limits.controlBytesMax ? self.bulk : self.control
        let reply = try await self.call(RemoteCall.deliverPath, bytes, on: connection, within: patience)
        return try self.answers(reply, codec: self.codec)
    }

    /// Exchanges heads; the answer's echo is the nonce of `heads`.
    package func gossip(_ heads: Heads, within patience: Duration = Patience.control) async throws -> Heads {
        let request = WireConversion<PlainBodyCodec>.wire(heads)
        let reply = try await self.call(
            RemoteCall.gossipPath,
            request.serializedBytes(),
            on: self.control,
            within: patience
        )
        do {
            return try WireConversion<PlainBodyCodec>.heads(try WireHeadsMessage(serializedBytes: reply))
        } catch let error as PeerError {
            throw error
        } catch {
            throw PeerError(.malformed, "heads of \(self.peer): \(error)")
        }
    }

    // MARK: - Bulk

    /// For each address whether the peer holds it, in the same order.
    package func want(_ addresses: [BlobAddress], within patience: Duration = Patience.bulk) async throws -> [Bool] {
        try Self.check(addresses.count)
        let reply = try await self.send(.want, WantBody.encode(addresses), within: patience)
        return try WantBody.decodeReply(reply, count: addresses.count)
    }

    /// Those of `addresses` that the peer holds, as stored there, up to `bytesMax` in sum but at least one. What is
    /// missing was not held or had no room: ask again for the rest.
    package func storedBlobs(
        _ addresses: [BlobAddress],
        bytesMax: Int = Limits.peerBatchBytesMax,
        within patience: Duration = Patience.bulk
    ) async throws -> [StoredBlob] {
        try Self.check(addresses.count)
        let request = BlobsBody.encode(addresses, bytesMax: min(bytesMax, Limits.peerBatchBytesMax))
        return try BlobsBody.decodeReply(try await self.send(.blobs, request, within: patience), asked: addresses)
    }

    /// The entries after `after` without gaps, up to `bytesMax` in sum but at least one where there is one, and the
    /// peer's commit number.
    package func logEntries(
        after: Op,
        bytesMax: Int = Limits.peerBatchBytesMax,
        within patience: Duration = Patience.bulk
    ) async throws -> LogPage {
        let request = LogBody.encode(after: after, bytesMax: min(bytesMax, Limits.peerBatchBytesMax))
        return try self.entries(try await self.send(.log, request, within: patience), after: after, codec: self.codec)
    }

    /// Returns once every blob of the offer is durable at the peer.
    package func stage(_ offer: StageOffer, within patience: Duration = Patience.stage) async throws {
        try Self.check(offer.blobs.count)
        _ = try await self.send(.stage, StageBody.encode(offer), within: patience)
    }

    /// The peer's signature of the receipt of `op`, whose entry has this hash.
    package func attest(op: Op, entry: Digest, within patience: Duration = Patience.bulk) async throws -> [UInt8] {
        try AttestBody.decodeReply(
            try await self.send(.attest, AttestBody.encode(op: op, entry: entry), within: patience)
        )
    }

    /// Asks one question of a comparison of trees; the answer, and the bytes of both.
    package func compare(
        _ question: TreeQuestion,
        within patience: Duration = Patience.bulk
    ) async throws -> (answer: TreeAnswer, bytesCount: Int) {
        let body = CompareBody.encode(question)
        let reply = try await self.send(.compare, body, within: patience)
        return (try CompareBody.decodeReply(reply), body.count + reply.count)
    }

    // MARK: - Private

    private func call(
        _ path: String,
        _ message: [UInt8],
        on connection: HTTP2Client,
        within patience: Duration
    ) async throws -> [UInt8] {
        var headers: HTTP2Headers = ["content-type": RemoteCall.contentType, "te": "trailers"]
        self.exchange?.sign(&headers)
        let request = HTTP2Request(path: path, headers: headers, body: RemoteCall.framed(message))
        let response = try await self.exchange(request, on: connection, within: patience)
        try self.exchange?.check(response.headers, from: self.peer)
        guard response.status == 200 else { throw self.complaint(response) }
        guard let text = response.trailers["grpc-status"] ?? response.headers["grpc-status"], let number = Int(text)
        else {
            throw PeerError(.malformed, "\(self.peer) answered \(path) without a status")
        }
        guard number == RemoteCall.Status.ok.rawValue else {
            let code = RemoteCall.Status(rawValue: number)?.code ?? .rejected
            let reason = response.trailers["grpc-message"] ?? response.headers["grpc-message"] ?? "status \(number)"
            throw PeerError(code, "\(self.peer): \(reason)")
        }
        return try RemoteCall.message(in: response.body)
    }

    private func send(_ call: BulkCall, _ body: [UInt8], within patience: Duration) async throws -> [UInt8] {
        var headers: HTTP2Headers = ["content-type": BulkBody.contentType]
        self.exchange?.sign(&headers)
        let request = HTTP2Request(path: call.path, headers: headers, body: body)
        let response = try await self.exchange(request, on: self.bulk, within: patience)
        guard response.status == 200 else { throw self.complaint(response) }
        return response.body
    }

    private func exchange(
        _ request: HTTP2Request,
        on client: HTTP2Client,
        within patience: Duration
    ) async throws -> HTTP2Response {
        guard request.body.count <= Limits.peerBodyBytesMax else {
            throw PeerError(
                .tooLarge,
                "a request of \(request.body.count) bytes; at most \(Limits.peerBodyBytesMax) are allowed"
            )
        }
        do {
            return try await client.send(request, deadline: .now + patience)
        } catch let error as HTTP2Error {
            throw PeerError(error)
        }
    }

    private func complaint(_ response: HTTP2Response) -> PeerError {
        let reason = String(decoding: response.body.prefix(1_024), as: UTF8.self)
        return PeerError(
            PeerError.Code(httpStatus: response.status),
            "\(self.peer): \(reason) (status \(response.status))"
        )
    }

    /// Generic, so that the existential is opened once for a whole call.
    private func wire(
        _ messages: [TarnConsensus.Message],
        inline: [StoredBlob],
        codec: some EntryBodyCodec
    ) -> WireDeliverRequest {
        WireConversion(codec: codec).request(messages, inline: inline)
    }

    private func answers(_ body: [UInt8], codec: some EntryBodyCodec) throws -> [TarnConsensus.Message] {
        guard !body.isEmpty else { return [] }
        do {
            return try WireConversion(codec: codec).messages(WireDeliverReply(serializedBytes: body).messages)
        } catch let error as PeerError {
            throw error
        } catch {
            throw PeerError(.malformed, "answers of \(self.peer): \(error)")
        }
    }

    private func entries(
        _ body: [UInt8],
        after: Op,
        codec: some EntryBodyCodec
    ) throws -> LogPage {
        try LogBody.decodeReply(body, after: after, codec: codec)
    }

    private static func check(_ count: Int) throws(PeerError) {
        guard count <= Limits.wantAddressesMax else {
            throw PeerError(.tooLarge, "\(count) addresses in one call; at most \(Limits.wantAddressesMax) are allowed")
        }
    }

    private static func count(_ traffic: HTTP2Traffic) -> PeerTraffic.Count {
        PeerTraffic.Count(sentBytesCount: traffic.sentBytesCount, receivedBytesCount: traffic.receivedBytesCount)
    }
}
