internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `POST /v1/want`, `/v1/stage` and `/v1/manifests`: what bulk clients send before the change set that names it.
struct StagingResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.stage(.post, "/v1/want", .whole(.write)) { try await self.want($0) }
        routes.stage(.post, "/v1/stage", .whole(.write)) { try await self.stage($0) }
        routes.stage(.post, "/v1/manifests", .whole(.write)) { try await self.manifest($0) }
    }

    // MARK: Want

    private func want(_ request: APIRequest) async throws -> Response {
        if request.hasJSONBody { return try await self.wantJSON(request) }
        let body = try await request.body(max: Limits.wantAddressesMax * Digest.byteCount)
        guard body.count.isMultiple(of: Digest.byteCount) else {
            throw Problem(.invalidRequest, "a body of \(body.count) bytes is not a list of 32-byte hashes")
        }
        let addresses = body.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: Digest.byteCount).map { Digest(bytes, at: $0) }
        }
        let have = try await self.node.contains(addresses)
        var bitmap = [UInt8](repeating: 0, count: (have.count + 7) / 8)
        for (index, isPresent) in have.enumerated() where isPresent { bitmap[index >> 3] |= 1 << UInt8(index & 7) }
        return Response(bytes: bitmap)
    }

    private func wantJSON(_ request: APIRequest) async throws -> Response {
        var reader = JSONReader(try await request.body(max: Limits.wantAddressesMax * 72))
        var addresses: [BlobAddress] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "hashes" else { throw Problem(.invalidRequest, "unknown key '\(key)'; 'hashes' is expected") }
            try reader.beginArray()
            while try reader.nextElement() {
                let text = try reader.readString()
                guard let address = Digest(hex: text) else {
                    throw Problem(.invalidRequest, "'\(text)' is not a SHA-256: 64 hex digits are expected")
                }
                guard addresses.count < Limits.wantAddressesMax else {
                    throw Problem(.tooLarge, "more than \(Limits.wantAddressesMax) hashes")
                }
                addresses.append(address)
            }
        }
        try reader.expectEnd()
        let have = try await self.node.contains(addresses)
        var writer = JSONWriter(reservingCapacity: 16 + have.count * 6)
        writer.beginObject()
        writer.key("have")
        writer.beginArray()
        for isPresent in have { writer.boolean(isPresent) }
        writer.endArray()
        writer.endObject()
        return Response(json: writer)
    }

    // MARK: Stage

    private func stage(_ request: APIRequest) async throws -> Response {
        let body = try await request.body(max: Limits.stageBodyBytesMax)
        return .staged(try await self.node.put(blobs: try Self.blobs(framedIn: body)))
    }

    /// Blobs behind their lengths (LEB128): `length, bytes, length, bytes, …`
    static func blobs(framedIn body: [UInt8]) throws -> [[UInt8]] {
        var reader = CanonicalReader(body)
        var blobs: [[UInt8]] = []
        var total = 0
        while !reader.isAtEnd {
            guard blobs.count < Limits.stageBlobsMax else {
                throw Problem(.tooLarge, "a batch of more than \(Limits.stageBlobsMax) blobs")
            }
            let blob = try reader.readBytes(max: Limits.blobBytesMax)
            total += blob.count
            guard total <= Limits.stageBatchBytesMax else {
                throw Problem(.tooLarge, "a batch of more than \(Limits.stageBatchBytesMax) bytes")
            }
            blobs.append(Array(blob))
        }
        return blobs
    }

    private func manifest(_ request: APIRequest) async throws -> Response {
        let manifest = try Manifest(decoding: try await request.body(max: Limits.requestBodyBytesMax))
        return Response(bytes: try await self.node.put(manifest: manifest).bytes, status: .created)
    }
}

extension APIRequest {
    /// Whether the body says that it is JSON.
    var hasJSONBody: Bool {
        self.headers[.contentType].map { $0.lowercased().hasPrefix("application/json") } ?? false
    }
}
