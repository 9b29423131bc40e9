internal import TarnCore

/// The frame around every bulk body: one version byte, then the content to the very end
/// (`ops/formats/peer-protocol.md`).
enum BulkBody {
    static let contentType = "application/vnd.tarn.bulk"

    /// The content that `write` produces behind the version.
    static func encode(reservingCapacity capacity: Int, _ write: (inout CanonicalWriter) -> Void) -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: capacity + 16)
        writer.write(byte: Self.version)
        write(&writer)
        return writer.bytes
    }

    /// What `read` makes of the content. Throws ``PeerError`` with `malformed`, naming `what`, unless it is read to its
    /// end.
    static func decode<Value>(
        _ body: [UInt8],
        _ what: String,
        _ read: (inout CanonicalReader) throws -> Value
    ) throws -> Value {
        var reader = CanonicalReader(body)
        do {
            let version = try reader.readByte()
            guard version == Self.version else { throw PeerError(.malformed, "\(what) of unknown version \(version)") }
            let value = try read(&reader)
            try reader.expectEnd()
            return value
        } catch let error as CoreError {
            throw PeerError(.malformed, "\(what): \(error.message)")
        }
    }

    private static let version: UInt8 = 1
}

extension CanonicalWriter {
    /// `count, address…`
    mutating func write(addresses: [BlobAddress]) {
        self.write(count: addresses.count)
        for address in addresses { self.write(address) }
    }
}

extension CanonicalReader {
    mutating func readAddresses() throws(CoreError) -> [BlobAddress] {
        let count = try self.readCount(max: min(Limits.wantAddressesMax, self.remaining / Digest.byteCount + 1))
        var addresses: [BlobAddress] = []
        addresses.reserveCapacity(count)
        for _ in 0..<count { addresses.append(try self.readDigest()) }
        return addresses
    }
}
