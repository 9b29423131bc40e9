internal import TarnCore

/// What a record says before its fixed fields: kind, codec, lengths, ordinal and bases.
///
/// There are two forms. Records of blobs are written in the compact one, marked by the tag's highest bit; every other
/// record, and every record of a segment of version 1, has the plain one.
struct RecordHead {
    /// Bits of a plain tag above the kind.
    enum Plain {
        static let kindMask: UInt8 = 0x0f
        static let codec: UInt8 = 0x10
        static let ordinal: UInt8 = 0x20
        static let bases: UInt8 = 0x40
    }

    /// Bits of a compact tag: kind, whether an ordinal follows, count of bases, codec.
    enum Compact {
        static let mark: UInt8 = 0x80
        static let kindMask: UInt8 = 0x03
        static let ordinal: UInt8 = 0x04
        static let basesShift: UInt8 = 3
        static let codecShift: UInt8 = 5
    }

    let kind: RecordKind
    let codec: StoredBlob.Codec
    let rawBytesCount: Int
    let storedBytesCount: Int
    let ordinal: UInt64?
    let bases: [UInt64]

    init(_ cursor: inout ByteCursor, defaultCodec: StoredBlob.Codec = RecordRun.defaultCodec) throws(SegmentError) {
        let tag = try cursor.readByte()
        if tag & Compact.mark != 0 {
            try self.init(compact: tag, &cursor)
        } else {
            try self.init(plain: tag, &cursor, defaultCodec)
        }
    }

    private init(compact tag: UInt8, _ cursor: inout ByteCursor) throws(SegmentError) {
        guard let kind = RecordKind(rawValue: tag & Compact.kindMask),
            let codec = StoredBlob.Codec(rawValue: tag >> Compact.codecShift & 3)
        else { throw SegmentError(.malformed, "record of unknown kind \(tag)") }
        self.kind = kind
        self.codec = codec
        self.rawBytesCount = try cursor.readCount(max: Limits.recordPayloadBytesMax)
        self.storedBytesCount =
            codec == .raw ? self.rawBytesCount : try cursor.readCount(max: Limits.recordPayloadBytesMax)
        self.ordinal = tag & Compact.ordinal == 0 ? nil : try cursor.readOrdinal()
        var bases: [UInt64] = []
        for _ in 0..<(tag >> Compact.basesShift & 3) {
            let base = try cursor.readVarint()
            guard base <= Limits.ordinalMax else { throw SegmentError(.malformed, "base with the ordinal \(base)") }
            bases.append(base)
        }
        self.bases = bases
    }

    private init(
        plain tag: UInt8,
        _ cursor: inout ByteCursor,
        _ defaultCodec: StoredBlob.Codec
    ) throws(SegmentError) {
        guard let kind = RecordKind(rawValue: tag & Plain.kindMask) else {
            throw SegmentError(.malformed, "record of unknown kind \(tag)")
        }
        self.kind = kind
        self.codec = tag & Plain.codec == 0 ? defaultCodec : try Self.readCodec(&cursor)
        if kind == .acknowledgement || kind == .head {
            self.rawBytesCount = 0
            self.storedBytesCount = 0
        } else {
            self.rawBytesCount = try cursor.readCount(max: Limits.recordPayloadBytesMax)
            self.storedBytesCount =
                self.codec == .raw ? self.rawBytesCount : try cursor.readCount(max: Limits.recordPayloadBytesMax)
        }
        self.ordinal = tag & Plain.ordinal == 0 ? nil : try cursor.readOrdinal()
        self.bases = tag & Plain.bases == 0 ? [] : try Self.readBases(&cursor)
    }

    /// Appends the compact form for a blob.
    static func append(
        blob kind: StoredBlob.Kind,
        codec: StoredBlob.Codec,
        rawBytesCount: Int,
        storedBytesCount: Int,
        ordinal: UInt64?,
        bases: [UInt64],
        to bytes: inout [UInt8]
    ) {
        var tag = Compact.mark | kind.rawValue | codec.rawValue << Compact.codecShift
        if ordinal != nil { tag |= Compact.ordinal }
        tag |= UInt8(bases.count) << Compact.basesShift
        bytes.append(tag)
        bytes.appendVarint(UInt64(rawBytesCount))
        if codec != .raw { bytes.appendVarint(UInt64(storedBytesCount)) }
        if let ordinal { bytes.appendOrdinal(ordinal) }
        for base in bases {
            precondition(base <= Limits.ordinalMax, "base \(base)")
            bytes.appendVarint(base)
        }
    }

    private static func readCodec(_ cursor: inout ByteCursor) throws(SegmentError) -> StoredBlob.Codec {
        let number = try cursor.readByte()
        guard let codec = StoredBlob.Codec(rawValue: number) else {
            throw SegmentError(.malformed, "record of unknown codec \(number)")
        }
        return codec
    }

    private static func readBases(_ cursor: inout ByteCursor) throws(SegmentError) -> [UInt64] {
        let count = Int(try cursor.readByte())
        guard (1...Limits.basesMax).contains(count) else {
            throw SegmentError(.malformed, "record with \(count) bases")
        }
        var bases: [UInt64] = []
        for _ in 0..<count { bases.append(try cursor.readOrdinal()) }
        return bases
    }
}
