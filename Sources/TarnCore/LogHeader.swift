/// The header of a log entry: at most 256 bytes, hash-chained, naming the root that the namespace has after it.
package struct LogHeader: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        case genesis = 0
        case changeSet = 1
        /// Commits what came before it in a new view; changes nothing.
        case noop = 2
        case gcFloor = 3
        case reconfigure = 4
        case policy = 5
    }

    package let op: Op
    /// The view that first ordered this entry; later views keep it.
    package let view: View
    package let kind: Kind
    /// Counts configurations: raised by each `reconfigure` entry.
    package let configurationEpoch: UInt64
    /// Microseconds since 1970, strictly increasing along the log.
    package let timestampMicroseconds: UInt64
    /// Who asked, as the token names them; at most 48 bytes.
    package let author: String
    package let request: RequestID
    /// ``hash(_:)`` of the entry before this one; ``Digest/zero`` for the genesis.
    package let parent: Digest
    /// The Merkle root of the namespace after this entry.
    package let root: Digest
    /// SHA-256 of the body's canonical bytes.
    package let body: Digest
    package let bodyBytesCount: UInt64
    /// Distinct blobs that the body names, and their stored files' raw bytes in sum.
    package let closureCount: UInt64
    package let closureBytesCount: UInt64

    package init(
        op: Op,
        view: View,
        kind: Kind,
        configurationEpoch: UInt64,
        timestampMicroseconds: UInt64,
        author: String,
        request: RequestID,
        parent: Digest,
        root: Digest,
        body: Digest,
        bodyBytesCount: UInt64,
        closureCount: UInt64,
        closureBytesCount: UInt64
    ) {
        precondition(author.utf8.count <= Limits.authorBytesMax, "author of \(author.utf8.count) bytes")
        self.op = op
        self.view = view
        self.kind = kind
        self.configurationEpoch = configurationEpoch
        self.timestampMicroseconds = timestampMicroseconds
        self.author = author
        self.request = request
        self.parent = parent
        self.root = root
        self.body = body
        self.bodyBytesCount = bodyBytesCount
        self.closureCount = closureCount
        self.closureBytesCount = closureBytesCount
    }

    /// SHA-256 of the canonical encoding: the next entry's ``parent``.
    package func hash<H: SHA256Function>(_: H.Type) -> Digest {
        H.digest(self.encoded())
    }

    package func encoded() -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: Limits.logHeaderBytesMax)
        writer.write(byte: Self.version)
        writer.write(byte: self.kind.rawValue)
        writer.write(self.op.number)
        writer.write(self.view.number)
        writer.write(self.configurationEpoch)
        writer.write(self.timestampMicroseconds)
        writer.write(self.author)
        writer.write(self.request.client)
        writer.write(self.request.number)
        writer.write(self.parent)
        writer.write(self.root)
        writer.write(self.body)
        writer.write(self.bodyBytesCount)
        writer.write(self.closureCount)
        writer.write(self.closureBytesCount)
        precondition(writer.count <= Limits.logHeaderBytesMax, "log header of \(writer.count) bytes")
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(CoreError) {
        guard bytes.count <= Limits.logHeaderBytesMax else {
            throw CoreError(
                .malformed,
                "log header of \(bytes.count) bytes; at most \(Limits.logHeaderBytesMax) are allowed"
            )
        }
        var reader = CanonicalReader(bytes)
        let version = try reader.readByte()
        guard version == Self.version else { throw CoreError(.malformed, "log header of unknown version \(version)") }
        let rawKind = try reader.readByte()
        guard let kind = Kind(rawValue: rawKind) else {
            throw CoreError(.malformed, "log entry of unknown kind \(rawKind)")
        }
        self.kind = kind
        self.op = Op(try reader.readUInt64())
        self.view = View(try reader.readUInt64())
        self.configurationEpoch = try reader.readUInt64()
        self.timestampMicroseconds = try reader.readUInt64()
        self.author = try reader.readString(max: Limits.authorBytesMax)
        let client = try reader.readString(max: Limits.clientNameBytesMax)
        self.request = try RequestID(client: client, number: try reader.readUInt64())
        self.parent = try reader.readDigest()
        self.root = try reader.readDigest()
        self.body = try reader.readDigest()
        self.bodyBytesCount = try reader.readUInt64()
        self.closureCount = try reader.readUInt64()
        self.closureBytesCount = try reader.readUInt64()
        try reader.expectEnd()
    }

    private static let version: UInt8 = 1
}
