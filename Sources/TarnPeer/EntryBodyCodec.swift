package import TarnCore

/// Compresses the bodies of log entries on their way to peers. The node supplies one that uses zstd.
package protocol EntryBodyCodec: Sendable {
    /// The encoded body and its codec, or nil when it is not worth it.
    func encode(_ body: [UInt8]) -> (codec: StoredBlob.Codec, bytes: [UInt8])?
    /// The body of exactly `rawBytesCount` bytes. Throws when `bytes` are no such body, or the codec is unknown.
    func decode(_ bytes: [UInt8], codec: StoredBlob.Codec, rawBytesCount: Int) throws -> [UInt8]
}

/// Sends bodies as they are.
package struct PlainBodyCodec: EntryBodyCodec {
    package init() {}

    package func encode(_ body: [UInt8]) -> (codec: StoredBlob.Codec, bytes: [UInt8])? { nil }

    package func decode(_ bytes: [UInt8], codec: StoredBlob.Codec, rawBytesCount: Int) throws -> [UInt8] {
        throw PeerError(.unsupported, "bodies encoded by codec \(codec.rawValue) are not understood here")
    }
}

extension EntryBodyCodec {
    /// Codec and bytes to send for `body`.
    func packed(_ body: [UInt8]) -> (codec: StoredBlob.Codec, bytes: [UInt8]) {
        if let encoded = self.encode(body), encoded.bytes.count < body.count { return encoded }
        return (.raw, body)
    }

    /// The entry of a header's bytes and a body as sent. The body has the length that the header names; its hash is the
    /// receiver's business.
    func entry(
        header bytes: [UInt8],
        body: [UInt8],
        codec rawCodec: UInt64,
        budget: inout BodyBudget
    ) throws -> LogEntry {
        guard let codec = UInt8(exactly: rawCodec).flatMap(StoredBlob.Codec.init) else {
            throw PeerError(.malformed, "entry body with unknown codec \(rawCodec)")
        }
        let header: LogHeader
        do {
            header = try LogHeader(decoding: bytes)
        } catch {
            throw PeerError(.malformed, "entry header: \(error.message)")
        }
        guard header.bodyBytesCount <= UInt64(Limits.logBodyBytesMax) else {
            throw PeerError(.tooLarge, "body of \(header.bodyBytesCount) bytes in the entry of op \(header.op)")
        }
        let count = Int(header.bodyBytesCount)
        try budget.take(count)
        let raw = codec == .raw ? body : try self.decode(body, codec: codec, rawBytesCount: count)
        guard raw.count == count else {
            throw PeerError(
                .malformed,
                "entry of op \(header.op) has a body of \(raw.count) bytes; its header says \(count)"
            )
        }
        return LogEntry(header: header, body: raw)
    }
}

/// Bounds what the bodies of one request or reply may grow to when they are decoded.
struct BodyBudget {
    private var bytesLeft = Limits.peerDecodedBytesMax

    /// Throws `tooLarge` when `count` more bytes would exceed the bound.
    mutating func take(_ count: Int) throws(PeerError) {
        guard count <= self.bytesLeft else {
            throw PeerError(.tooLarge, "entries of over \(Limits.peerDecodedBytesMax) decoded bytes in one message")
        }
        self.bytesLeft -= count
    }
}
