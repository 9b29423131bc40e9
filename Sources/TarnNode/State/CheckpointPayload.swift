internal import TarnConsensus
internal import TarnCore

/// What a checkpoint holds besides the tree: the header of its op and the client table.
struct CheckpointPayload: Sendable {
    let header: LogHeader
    let clientTable: ClientTable

    /// `version, header, client table`, both length-prefixed.
    func encoded() -> [UInt8] {
        var writer = CanonicalWriter()
        writer.write(byte: Self.version)
        writer.write(bytes: self.header.encoded())
        writer.write(bytes: self.clientTable.encoded())
        return writer.bytes
    }

    init(header: LogHeader, clientTable: ClientTable) {
        self.header = header
        self.clientTable = clientTable
    }

    init(decoding bytes: [UInt8]) throws {
        var reader = CanonicalReader(bytes)
        let version = try reader.readByte()
        guard version == Self.version else { throw CoreError(.malformed, "checkpoint of unknown version \(version)") }
        self.header = try LogHeader(decoding: Array(reader.readBytes(max: Limits.logHeaderBytesMax)))
        self.clientTable = try ClientTable(decoding: Array(reader.readBytes(max: bytes.count)))
        try reader.expectEnd()
    }

    private static let version: UInt8 = 1
}
