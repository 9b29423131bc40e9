package import NIOCore
package import TarnCore

extension TarnHTTPClient {
    /// The blobs of one batch, in its order.
    package struct Staged: Sendable {
        package let addresses: [BlobAddress]
        package let newCount: Int
        package let newStoredBytesCount: UInt64
    }

    /// What a committed write answers.
    package struct Receipt: Sendable {
        package let op: Op
        package let root: Digest
        /// Changes left after those equal to the present entry were dropped; 0 means that nothing was ordered.
        package let changesCount: UInt64
        package let durableAt: [String]
        /// The answer as it came.
        package let document: JSONValue
    }

    /// Stores the `count` blobs that `frames` holds, each behind its length as a varint.
    package func stage(frames: ByteBuffer, count: Int) async throws -> Staged {
        let answer = try await self.read(
            TransportRequest(
                .post,
                "/v1/stage",
                headers: [("Content-Type", "application/octet-stream")],
                body: frames,
                deadlineMilliseconds: Limits.clientDeadlineMilliseconds
            )
        )
        let addresses = try Self.addresses(answer.body, count: count, of: "/v1/stage")
        return Staged(
            addresses: addresses,
            newCount: answer.head.headers["tarn-new-blobs"].flatMap { Int($0) } ?? 0,
            newStoredBytesCount: answer.head.headers["tarn-new-bytes"].flatMap { UInt64($0) } ?? 0
        )
    }

    /// Stores one blob, and returns its address.
    package func stage(blob bytes: [UInt8]) async throws -> BlobAddress {
        var writer = CanonicalWriter(reservingCapacity: bytes.count + 8)
        writer.write(bytes: bytes)
        return try await self.stage(frames: ByteBuffer(bytes: writer.bytes), count: 1).addresses[0]
    }

    /// Stores the manifest of a large file whose chunks are staged, and returns its address.
    package func stage(manifest: Manifest) async throws -> BlobAddress {
        let answer = try await self.read(
            TransportRequest(
                .post,
                "/v1/manifests",
                headers: [("Content-Type", "application/octet-stream")],
                body: ByteBuffer(bytes: manifest.encoded()),
                deadlineMilliseconds: Limits.clientDeadlineMilliseconds
            )
        )
        return try Self.addresses(answer.body, count: 1, of: "/v1/manifests")[0]
    }

    /// Orders `changes`, all or nothing, and returns once they are committed.
    package func commit(_ changes: [Change]) async throws -> Receipt {
        let set: ChangeSet
        do {
            set = try ChangeSet(changes)
        } catch {
            throw ClientError(.usage, error.message)
        }
        return try await self.commit(
            TransportRequest(
                .post,
                "/v1/changes",
                headers: [("Content-Type", "application/vnd.tarn.changes")],
                body: ByteBuffer(bytes: set.encoded()),
                deadlineMilliseconds: Limits.clientDeadlineMilliseconds
            )
        )
    }

    /// Sends any write whose answer is a receipt.
    package func commit(_ request: TransportRequest) async throws -> Receipt {
        let answer = try await self.write(request, id: self.nextRequest())
        let document = answer.body.isEmpty ? JSONValue.object([:]) : try Self.parse(answer.body, of: request.target)
        guard let op = document["op"]?.unsigned.map({ Op($0) }) ?? answer.op,
            let root = document["root"]?.string.flatMap({ Digest(hex: $0) }) ?? answer.root
        else {
            throw ClientError(.failed, "the answer to \(request.target) names no op and root")
        }
        return Receipt(
            op: op,
            root: root,
            changesCount: document["changes"]?.unsigned ?? 1,
            durableAt: document["durable_at"]?.items.compactMap(\.string) ?? [],
            document: document
        )
    }

    private static func addresses(_ body: [UInt8], count: Int, of what: String) throws(ClientError) -> [BlobAddress] {
        guard body.count == count * Digest.byteCount else {
            throw ClientError(.failed, "the answer to \(what) has \(body.count) bytes instead of \(count) addresses")
        }
        return body.withUnsafeBytes { bytes in
            (0..<count).map { Digest(bytes, at: $0 * Digest.byteCount) }
        }
    }
}
