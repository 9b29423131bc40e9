internal import TarnCore

/// `blobs`: how many bytes at most and which addresses, answered by stored blobs.
enum BlobsBody {
    static func encode(_ addresses: [BlobAddress], bytesMax: Int) -> [UInt8] {
        BulkBody.encode(reservingCapacity: addresses.count * Digest.byteCount) { writer in
            writer.write(count: bytesMax)
            writer.write(addresses: addresses)
        }
    }

    static func decode(_ body: [UInt8]) throws -> (addresses: [BlobAddress], bytesMax: Int) {
        try BulkBody.decode(body, "blobs request") { reader in
            let bytesMax = try reader.readCount(max: Limits.peerBatchBytesMax)
            return (try reader.readAddresses(), bytesMax)
        }
    }

    static func encodeReply(_ blobs: [StoredBlob]) -> [UInt8] {
        BulkBody.encode(reservingCapacity: blobs.reduce(0) { $0 + $1.peerBytesCount }) { writer in
            writer.write(count: blobs.count)
            for blob in blobs { blob.encode(into: &writer) }
        }
    }

    /// Blobs that were asked for, each at most once.
    static func decodeReply(_ body: [UInt8], asked: [BlobAddress]) throws -> [StoredBlob] {
        try BulkBody.decode(body, "blobs reply") { reader in
            let count = try reader.readCount(max: asked.count)
            var open = Set(asked)
            var blobs: [StoredBlob] = []
            blobs.reserveCapacity(count)
            for _ in 0..<count {
                let blob = try StoredBlob(from: &reader)
                guard open.remove(blob.address) != nil else {
                    throw PeerError(.malformed, "blobs reply: \(blob.address) was not asked for, or came twice")
                }
                blobs.append(blob)
            }
            return blobs
        }
    }
}
