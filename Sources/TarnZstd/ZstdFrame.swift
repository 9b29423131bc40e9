internal import CZstd

/// The start of every zstd frame (RFC 8878).
enum ZstdFrame {
    static let magicBytesCount = 4
    private static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]

    /// Whether `bytes` begin with it. A frame without its magic never does: the byte that stands there then has a
    /// reserved bit which is set in the magic's first.
    static func hasMagic(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= self.magicBytesCount && bytes.prefix(self.magicBytesCount).elementsEqual(self.magic)
    }

    /// Whether zstd would read tables for entropy coding out of `bytes`.
    static func beginsLikeDictionary(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= self.magicBytesCount
            && UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)) == ZSTD_MAGIC_DICTIONARY
    }

    static func writeMagic(to bytes: UnsafeMutableRawBufferPointer) {
        bytes.copyBytes(from: self.magic)
    }
}
