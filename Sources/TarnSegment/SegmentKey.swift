package import TarnCore

/// Sixteen random bytes of a store, kept in every segment header, from which its marks and fingerprints are derived.
///
/// Recovery looks for the marks in damaged segments. They are secret, so that nobody can upload a blob whose content
/// poses as a batch of records, nor two blobs with one fingerprint.
package struct SegmentKey: Hashable, Sendable {
    package static let byteCount = 16

    package let bytes: [UInt8]
    private let siphash: SipHash

    /// `bytes` are sixteen.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        self.siphash = SipHash(key: bytes)
    }

    /// What a mark stands before.
    enum Mark: UInt8 {
        case batch = 1
        case commit = 2
        case trailer = 3
    }

    func mark(_ mark: Mark, segment: UInt32) -> UInt64 {
        var bytes: [UInt8] = []
        bytes.appendUInt32(segment)
        bytes.append(mark.rawValue)
        return self.siphash.hash(bytes)
    }

    /// The 72 bits that stand for `address` in memory and in footers.
    package func fingerprint(of address: Digest) -> Fingerprint {
        withUnsafeTemporaryAllocation(byteCount: Digest.byteCount, alignment: 8) { buffer in
            address.write(to: buffer)
            return Fingerprint(
                high: self.siphash.hash(UnsafeRawBufferPointer(buffer)),
                low: UInt8(truncatingIfNeeded: address.word3)
            )
        }
    }

    package static func == (left: SegmentKey, right: SegmentKey) -> Bool { left.bytes == right.bytes }
    package func hash(into hasher: inout Hasher) { hasher.combine(self.bytes) }
}

/// 72 keyed bits of an address. Two of ten million blobs share one with a probability of 10^-8; whoever reads compares
/// all 256 bits.
package struct Fingerprint: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt8

    package init(high: UInt64, low: UInt8) {
        self.high = high
        self.low = low
    }
}
