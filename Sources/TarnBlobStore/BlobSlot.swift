internal import TarnCore
internal import TarnSegment

/// One blob of the ``BlobTable``: 24 bytes.
struct BlobSlot: Sendable {
    static let empty = BlobSlot()

    private let fingerprintHigh: UInt64
    /// 0 for a slot without a blob.
    let segment: UInt32
    let offset: UInt32
    /// Record length in 26 bits, kind and codec in 2 bits each, then the suspect and the condemned bit.
    private var lengthAndFlags: UInt32
    /// Raw length in 24 bits, then 8 bits of fingerprint.
    private let rawLengthAndFingerprint: UInt32

    private static let suspectBit: UInt32 = 1 << 30
    private static let condemnedBit: UInt32 = 1 << 31

    private init() {
        self.fingerprintHigh = 0
        self.segment = 0
        self.offset = 0
        self.lengthAndFlags = 0
        self.rawLengthAndFingerprint = 0
    }

    init(_ row: IndexRow, segment: UInt32, offset: UInt32) {
        self.fingerprintHigh = row.fingerprint.high
        self.segment = segment
        self.offset = offset
        let kind = row.kind.blobKind ?? .blob
        self.lengthAndFlags = row.bytesCount | UInt32(kind.rawValue) << 26 | UInt32(row.codec.rawValue) << 28
        self.rawLengthAndFingerprint = row.rawBytesCount | UInt32(row.fingerprint.low) << 24
    }

    var isEmpty: Bool { self.segment == 0 }
    /// Where the record lies.
    var location: LogLocation {
        LogLocation(segment: self.segment, offset: self.offset, bytesCount: UInt32(self.bytesCount))
    }

    var fingerprint: Fingerprint {
        Fingerprint(high: self.fingerprintHigh, low: UInt8(self.rawLengthAndFingerprint >> 24))
    }
    /// Bytes of the whole record.
    var bytesCount: Int { Int(self.lengthAndFlags & (1 << 26 - 1)) }
    var rawBytesCount: Int { Int(self.rawLengthAndFingerprint & (1 << 24 - 1)) }
    var kind: StoredBlob.Kind { StoredBlob.Kind(rawValue: UInt8(self.lengthAndFlags >> 26 & 3)) ?? .blob }

    var codec: StoredBlob.Codec { StoredBlob.Codec(rawValue: UInt8(self.lengthAndFlags >> 28 & 3)) ?? .zstd }

    /// Whether nothing that is kept needs it: it may be removed, unless somebody asks for it before.
    var isCondemned: Bool {
        get { self.lengthAndFlags & Self.condemnedBit != 0 }
        set {
            if newValue {
                self.lengthAndFlags |= Self.condemnedBit
            } else {
                self.lengthAndFlags &= ~Self.condemnedBit
            }
        }
    }

    /// The same blob at another place.
    func moved(toSegment segment: UInt32, offset: UInt32, bytesCount: UInt32) -> BlobSlot {
        BlobSlot(moving: self, toSegment: segment, offset: offset, bytesCount: bytesCount)
    }

    private init(moving slot: BlobSlot, toSegment segment: UInt32, offset: UInt32, bytesCount: UInt32) {
        self.fingerprintHigh = slot.fingerprintHigh
        self.segment = segment
        self.offset = offset
        self.lengthAndFlags = slot.lengthAndFlags & ~(1 << 26 - 1) | bytesCount
        self.rawLengthAndFingerprint = slot.rawLengthAndFingerprint
    }

    /// Whether the last attempt to read it failed: such a blob is not present.
    var isSuspect: Bool {
        get { self.lengthAndFlags & Self.suspectBit != 0 }
        set {
            if newValue {
                self.lengthAndFlags |= Self.suspectBit
            } else {
                self.lengthAndFlags &= ~Self.suspectBit
            }
        }
    }
}
