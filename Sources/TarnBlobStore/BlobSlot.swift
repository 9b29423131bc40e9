internal import TarnCore
internal import TarnSegment

/// One blob of the ``BlobTable``: 24 bytes.
struct BlobSlot: Sendable {
    static let empty = BlobSlot()

    private let fingerprintHigh: UInt64
    /// 0 for a slot without a blob.
    let segment: UInt32
    let offset: UInt32
    /// Record length in 26 bits, kind and codec in 2 bits each, then the suspect bit.
    private var lengthAndFlags: UInt32
    /// Raw length in 24 bits, then 8 bits of fingerprint.
    private let rawLengthAndFingerprint: UInt32

    private static let suspectBit: UInt32 = 1 << 30

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
    var fingerprint: Fingerprint {
        Fingerprint(high: self.fingerprintHigh, low: UInt8(self.rawLengthAndFingerprint >> 24))
    }
    /// Bytes of the whole record.
    var bytesCount: Int { Int(self.lengthAndFlags & (1 << 26 - 1)) }
    var rawBytesCount: Int { Int(self.rawLengthAndFingerprint & (1 << 24 - 1)) }
    var kind: StoredBlob.Kind { StoredBlob.Kind(rawValue: UInt8(self.lengthAndFlags >> 26 & 3)) ?? .blob }

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
