internal import TarnCore

/// `stage`: a draft and its blobs, answered by nothing once they are durable.
enum StageBody {
    static func encode(_ offer: StageOffer) -> [UInt8] {
        BulkBody.encode(reservingCapacity: offer.blobs.count * (Digest.byteCount + 4)) { writer in
            writer.write(offer.draftID)
            writer.write(count: offer.blobs.count)
            for blob in offer.blobs {
                writer.write(blob.address)
                writer.write(blob.bytesCount)
            }
        }
    }

    static func decode(_ body: [UInt8]) throws -> StageOffer {
        try BulkBody.decode(body, "stage request") { reader in
            let draftID = try reader.readUInt64()
            let count = try reader.readCount(max: min(Limits.wantAddressesMax, reader.remaining))
            var blobs: [StageOffer.Blob] = []
            blobs.reserveCapacity(count)
            for _ in 0..<count {
                let address = try reader.readDigest()
                blobs.append(StageOffer.Blob(address: address, bytesCount: try reader.readUInt64()))
            }
            return StageOffer(draftID: draftID, blobs: blobs)
        }
    }
}
