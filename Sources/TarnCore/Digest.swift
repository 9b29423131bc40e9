/// A SHA-256 hash: 32 inline bytes, ordered as bytes.
///
/// Stored as four big-endian words so that comparing and hashing never touch the heap. Text (64 lower-case hex digits)
/// exists only at the edge: see ``hex``.
package struct Digest: Hashable, Comparable, Sendable {
    package static let byteCount = 32
    /// The digest with all bytes zero: "no hash here", never the hash of anything.
    package static let zero = Digest(words: 0, 0, 0, 0)

    package let word0: UInt64
    package let word1: UInt64
    package let word2: UInt64
    package let word3: UInt64

    package init(words word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
        self.word0 = word0
        self.word1 = word1
        self.word2 = word2
        self.word3 = word3
    }

    /// Reads 32 bytes at `offset` of `bytes`. The range must exist.
    package init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        precondition(offset >= 0 && bytes.count - offset >= Self.byteCount, "digest outside its buffer")
        self.init(
            words: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self))
        )
    }

    /// The digest with exactly these 32 bytes, or nil when there are not 32.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self =
            bytes.withContiguousStorageIfAvailable { Self(UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes { Self($0) }
    }

    /// The digest that 64 hex digits name, or nil.
    package init?(hex: some StringProtocol) {
        guard let bytes = Hex.decode(hex.utf8) else { return nil }
        self.init(bytes: bytes)
    }

    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            self.write(to: UnsafeMutableRawBufferPointer(buffer))
            count = Self.byteCount
        }
    }

    /// 64 lower-case hex digits.
    package var hex: String { Hex.encode(self.bytes) }

    /// Writes the 32 bytes at the start of `buffer`.
    package func write(to buffer: UnsafeMutableRawBufferPointer) {
        buffer.storeBytes(of: self.word0.bigEndian, as: UInt64.self)
        buffer.storeBytes(of: self.word1.bigEndian, toByteOffset: 8, as: UInt64.self)
        buffer.storeBytes(of: self.word2.bigEndian, toByteOffset: 16, as: UInt64.self)
        buffer.storeBytes(of: self.word3.bigEndian, toByteOffset: 24, as: UInt64.self)
    }

    package static func < (left: Digest, right: Digest) -> Bool {
        if left.word0 != right.word0 { return left.word0 < right.word0 }
        if left.word1 != right.word1 { return left.word1 < right.word1 }
        if left.word2 != right.word2 { return left.word2 < right.word2 }
        return left.word3 < right.word3
    }

    package func hash(into hasher: inout Hasher) {
        // Already uniformly distributed: one word is as good as four.
        hasher.combine(self.word0)
    }
}

extension Digest: CustomStringConvertible {
    package var description: String { self.hex }
}

/// The SHA-256 of a blob's raw bytes: its name in every store of every datacentre.
package typealias BlobAddress = Digest
