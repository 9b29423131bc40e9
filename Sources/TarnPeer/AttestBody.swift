internal import TarnCore

/// `attest`: an op and its entry, answered by a signature.
enum AttestBody {
    private static let signatureBytesMax = 64

    static func encode(op: Op, entry: Digest) -> [UInt8] {
        BulkBody.encode(reservingCapacity: 48) { writer in
            writer.write(op.number)
            writer.write(entry)
        }
    }

    static func decode(_ body: [UInt8]) throws -> (op: Op, entry: Digest) {
        try BulkBody.decode(body, "attestation request") { reader in
            (Op(try reader.readUInt64()), try reader.readDigest())
        }
    }

    static func encodeReply(_ signature: [UInt8]) -> [UInt8] {
        BulkBody.encode(reservingCapacity: 80) { $0.write(bytes: signature) }
    }

    static func decodeReply(_ body: [UInt8]) throws -> [UInt8] {
        try BulkBody.decode(body, "attestation") { Array(try $0.readBytes(max: Self.signatureBytesMax)) }
    }
}
