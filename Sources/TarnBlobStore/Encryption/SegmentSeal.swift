internal import TarnCore
internal import TarnCrypto
internal import TarnSegment
internal import TarnStorage

/// The first 4,096 bytes of an encrypted file: the file's own random key, wrapped by the ``StorageKey``. Written twice.
///
/// `magic u64, key identifier (8), nonce (12), wrapped key (32), tag (16), CRC u32` at 0 and at 2,048.
struct SegmentSeal {
    static let regionBytesCount = 4_096
    private static let magic: [UInt8] = Array("TARNENC1".utf8)
    static let copyOffsets = [0, 2_048]
    static let copyBytesCount = 80
    let fileKey: [UInt8]

    /// A fresh key.
    init() throws(CryptoError) {
        self.fileKey = try SecureRandom.bytes(count: AuthenticatedCipher.keyBytesCount)
    }

    func encoded(_ key: StorageKey) throws(CryptoError) -> [UInt8] {
        let cipher = try AuthenticatedCipher(key: key.bytes)
        let nonce = try SecureRandom.bytes(count: AuthenticatedCipher.nonceBytesCount)
        var wrapped = [UInt8](repeating: 0, count: AuthenticatedCipher.keyBytesCount)
        var tag = [UInt8](repeating: 0, count: AuthenticatedCipher.tagBytesCount)
        let head = Self.magic + key.identifier
        var failure: CryptoError?
        self.fileKey.withUnsafeBytes { plain in
            nonce.withUnsafeBytes { nonce in
                head.withUnsafeBytes { head in
                    wrapped.withUnsafeMutableBytes { wrapped in
                        tag.withUnsafeMutableBytes { tag in
                            do throws(CryptoError) {
                                try cipher.seal(plain, nonce: nonce, authenticating: head, into: wrapped, tag: tag)
                            } catch {
                                failure = error
                            }
                        }
                    }
                }
            }
        }
        if let failure { throw failure }
        var copy = head + nonce + wrapped + tag
        let checksum = copy.withUnsafeBytes { Checksums.crc32c(0, $0) }
        withUnsafeBytes(of: checksum.littleEndian) { copy += Array($0) }
        var region = [UInt8](repeating: 0, count: Self.regionBytesCount)
        for offset in Self.copyOffsets { region.replaceSubrange(offset..<offset + copy.count, with: copy) }
        return region
    }

    /// Reads the region; nil when the file is not encrypted. Throws when it is and `key` does not open it.
    init?(region: [UInt8], key: StorageKey?, path: String) throws(StorageError) {
        let copies = Self.copyOffsets.filter { $0 + Self.copyBytesCount <= region.count }
            .map { Array(region[$0..<$0 + Self.copyBytesCount]) }
            .filter(Self.isIntact)
        guard let copy = copies.first else { return nil }
        guard let key else {
            throw StorageError(
                .permissionDenied,
                path: path,
                "is encrypted, and no key is configured (node.yaml, encryption)"
            )
        }
        guard copy[8..<16].elementsEqual(key.identifier) else {
            throw StorageError(.permissionDenied, path: path, "is encrypted with another key than the configured one")
        }
        guard let fileKey = Self.unwrap(copy, key) else {
            throw StorageError(.permissionDenied, path: path, "its key cannot be unwrapped with the configured one")
        }
        self.fileKey = fileKey
    }

    private static func isIntact(_ copy: [UInt8]) -> Bool {
        guard copy.starts(with: self.magic) else { return false }
        let checksum = copy.withUnsafeBytes { Checksums.crc32c(0, UnsafeRawBufferPointer(rebasing: $0[..<76])) }
        return withUnsafeBytes(of: checksum.littleEndian) { $0.elementsEqual(copy[76..<80]) }
    }

    private static func unwrap(_ copy: [UInt8], _ key: StorageKey) -> [UInt8]? {
        guard let cipher = try? AuthenticatedCipher(key: key.bytes) else { return nil }
        var fileKey = [UInt8](repeating: 0, count: AuthenticatedCipher.keyBytesCount)
        let isOpen = copy.withUnsafeBytes { copy in
            fileKey.withUnsafeMutableBytes { fileKey in
                cipher.open(
                    UnsafeRawBufferPointer(rebasing: copy[28..<60]),
                    nonce: UnsafeRawBufferPointer(rebasing: copy[16..<28]),
                    authenticating: UnsafeRawBufferPointer(rebasing: copy[..<16]),
                    into: fileKey,
                    tag: UnsafeRawBufferPointer(rebasing: copy[60..<76])
                )
            }
        }
        return isOpen ? fileKey : nil
    }
}
