internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// `/v1/blobs/<sha256>`: blobs by their content's hash.
struct BlobResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.read("/v1/blobs/{}", .whole(.read)) { try await self.get($0) }
        routes.stage(.put, "/v1/blobs/{}", .whole(.write)) { try await self.put($0) }
    }

    private func get(_ request: APIRequest) async throws -> Response {
        let address = try request.digest()
        try await ProtectedContent.check([address], for: request, in: self.node)
        if request.method == .head {
            guard try await self.node.contains([address]) == [true] else {
                throw Problem(.notFound, "blob \(address) is not stored here")
            }
            return Response(status: .ok, headers: [.eTag: EntityTags.text(address)])
        }
        if let tags = EntityTags(request.headers[.ifNoneMatch]), tags.match(address),
            try await self.node.contains([address]) == [true]
        {
            return Response(status: .notModified, headers: [.eTag: EntityTags.text(address)])
        }
        guard try await self.node.contains([address]) == [true] else {
            throw Problem(.notFound, "blob \(address) is not stored here")
        }
        var response = Response(bytes: try await self.node.blob(address))
        response.headers[.eTag] = EntityTags.text(address)
        return response
    }

    /// The address in the URL is the client's claim; the node hashes what arrives and keeps nothing that contradicts
    /// it.
    private func put(_ request: APIRequest) async throws -> Response {
        let address = try request.digest()
        let bytes = try await request.body(max: Limits.blobBytesMax)
        let found = SHA256.digest(bytes)
        guard found == address else {
            throw Problem(.digestMismatch, "the body hashes to \(found), not to \(address); nothing was stored")
        }
        let staged = try await self.node.put(blobs: [bytes])
        return Response.staged(staged, status: staged.newCount > 0 ? .created : .ok)
    }
}

extension Response {
    /// The addresses of what was staged, 32 bytes each, and how much of it was new.
    static func staged(_ staged: StagedBlobs, status: HTTPResponse.Status = .ok) -> Response {
        var out: [UInt8] = []
        out.reserveCapacity(staged.addresses.count * Digest.byteCount)
        for address in staged.addresses { out.append(contentsOf: address.bytes) }
        var response = Response(bytes: out, status: status)
        response.headers[.tarnNewBlobs] = String(staged.newCount)
        response.headers[.tarnNewBytes] = String(staged.newStoredBytesCount)
        return response
    }
}
