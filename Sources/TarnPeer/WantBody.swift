internal import TarnCore

/// `want`: addresses, answered by a bit for each, the first in the lowest bit of the first byte.
enum WantBody {
    static func encode(_ addresses: [BlobAddress]) -> [UInt8] {
        BulkBody.encode(reservingCapacity: addresses.count * Digest.byteCount) { $0.write(addresses: addresses) }
    }

    static func decode(_ body: [UInt8]) throws -> [BlobAddress] {
        try BulkBody.decode(body, "want request") { try $0.readAddresses() }
    }

    static func encodeReply(_ held: [Bool]) -> [UInt8] {
        var bits = [UInt8](repeating: 0, count: (held.count + 7) / 8)
        for (index, isHeld) in held.enumerated() where isHeld { bits[index >> 3] |= 1 << UInt8(index & 7) }
        return BulkBody.encode(reservingCapacity: bits.count) { writer in
            writer.write(count: held.count)
            writer.write(raw: bits)
        }
    }

    /// Exactly `count` answers; unused bits are zero.
    static func decodeReply(_ body: [UInt8], count: Int) throws -> [Bool] {
        try BulkBody.decode(body, "want reply") { reader in
            let answered = try reader.readCount(max: Limits.wantAddressesMax)
            guard answered == count else {
                throw PeerError(.malformed, "want reply: \(answered) answers to \(count) addresses")
            }
            let bits = Array(try reader.readRaw(count: (count + 7) / 8))
            if let last = bits.last, count & 7 != 0, last >> UInt8(count & 7) != 0 {
                throw PeerError(.malformed, "want reply: bits behind the last answer")
            }
            return (0..<count).map { bits[$0 >> 3] >> UInt8($0 & 7) & 1 == 1 }
        }
    }
}
