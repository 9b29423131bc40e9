internal import TarnCore
internal import TarnCrypto
internal import TarnStorage

/// An encrypted file: pages of 4,096 bytes, each sealed with AES-256-GCM under the file's own key, a random nonce and
/// its number, behind the ``SegmentSeal``.
///
/// A page takes 32 bytes more on the disk: `nonce (12), tag (16), zeros (4), ciphertext`. A page that was altered, torn
/// or moved cannot be read.
final class SealedFile: StorageFile {
    static let pageBytesCount = 4_096
    private static let overheadBytesCount = 32
    private static let strideBytesCount = pageBytesCount + overheadBytesCount
    private let base: any StorageFile
    private let fileKey: [UInt8]
    private let path: String

    init(_ base: any StorageFile, seal: SegmentSeal, path: String) {
        self.base = base
        self.fileKey = seal.fileKey
        self.path = path
    }

    /// A new file; its key is durable with its first content.
    static func create(
        _ base: any StorageFile,
        seal: SegmentSeal,
        region: [UInt8],
        path: String
    ) throws(StorageError) -> SealedFile {
        try base.write(region, at: 0)
        return SealedFile(base, seal: seal, path: path)
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
        let end = min(offset + buffer.count, try self.bytesCount())
        guard offset < end else { return 0 }
        let plain = try self.pages(offset / Self.pageBytesCount...(end - 1) / Self.pageBytesCount)
        let start = offset % Self.pageBytesCount
        plain.withUnsafeBytes { plain in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: plain[start..<start + end - offset]))
        }
        return end - offset
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
        guard !bytes.isEmpty else { return }
        let size = try self.bytesCount()
        let first = offset / Self.pageBytesCount
        let end = offset + bytes.count
        let last = (end - 1) / Self.pageBytesCount
        // What shares a page with the new bytes is sealed again with them.
        let headCount = offset - first * Self.pageBytesCount
        var plain: [UInt8] = []
        plain.reserveCapacity((last - first + 1) * Self.pageBytesCount)
        if headCount > 0 {
            if size > first * Self.pageBytesCount { plain += try self.pages(first...first).prefix(headCount) }
            plain += [UInt8](repeating: 0, count: headCount - plain.count)
        }
        plain += bytes
        if size > end, end % Self.pageBytesCount != 0 {
            plain += try self.pages(last...last).dropFirst(end - last * Self.pageBytesCount)
        }
        try self.base.write(try self.sealed(plain, firstPage: first), at: Self.physicalOffset(ofPage: first))
    }

    func synchronize() throws(StorageError) { try self.base.synchronize() }

    func truncate(to bytesCount: Int) throws(StorageError) {
        let page = bytesCount / Self.pageBytesCount
        let rest = bytesCount % Self.pageBytesCount
        guard rest > 0 else { return try self.base.truncate(to: Self.physicalOffset(ofPage: page)) }
        guard bytesCount <= (try self.bytesCount()) else {
            throw StorageError(.other, path: self.path, "cannot grow to \(bytesCount) bytes: it is encrypted")
        }
        let kept = Array(try self.pages(page...page).prefix(rest))
        try self.base.truncate(to: Self.physicalOffset(ofPage: page))
        try self.write(kept, at: page * Self.pageBytesCount)
    }

    func allocate(_ bytesCount: Int) throws(StorageError) {
        try self.base.allocate(
            Self.physicalOffset(ofPage: (bytesCount + Self.pageBytesCount - 1) / Self.pageBytesCount)
        )
    }

    func bytesCount() throws(StorageError) -> Int {
        let physical = max(0, try self.base.bytesCount() - SegmentSeal.regionBytesCount)
        let rest = max(0, physical % Self.strideBytesCount - Self.overheadBytesCount)
        return physical / Self.strideBytesCount * Self.pageBytesCount + rest
    }

    private static func physicalOffset(ofPage page: Int) -> Int {
        SegmentSeal.regionBytesCount + page * self.strideBytesCount
    }

    /// The plain bytes of `pages`, the last of which may be short. Throws `unauthentic` for one that does not open.
    private func pages(_ pages: ClosedRange<Int>) throws(StorageError) -> [UInt8] {
        let start = Self.physicalOffset(ofPage: pages.lowerBound)
        let sealed = try self.base.read(at: start, count: pages.count * Self.strideBytesCount)
        var plain = [UInt8](repeating: 0, count: pages.count * Self.pageBytesCount)
        let cipher = try self.cipher()
        var count = 0
        var failed: Int?
        sealed.withUnsafeBytes { sealed in
            plain.withUnsafeMutableBytes { plain in
                var offset = 0
                for page in pages where failed == nil && offset + Self.overheadBytesCount < sealed.count {
                    let end = min(offset + Self.strideBytesCount, sealed.count)
                    let piece = UnsafeRawBufferPointer(rebasing: sealed[offset..<end])
                    let length = piece.count - Self.overheadBytesCount
                    let target = UnsafeMutableRawBufferPointer(rebasing: plain[count..<count + length])
                    if !Self.open(piece, page: page, into: target, cipher) { failed = page }
                    count += length
                    offset = end
                }
            }
        }
        if let failed {
            let offset = failed * Self.pageBytesCount
            throw StorageError(
                .unauthentic,
                path: self.path,
                "the page at \(offset) was altered or never written whole"
            )
        }
        plain.removeLast(plain.count - count)
        return plain
    }

    private static func open(
        _ piece: UnsafeRawBufferPointer,
        page: Int,
        into target: UnsafeMutableRawBufferPointer,
        _ cipher: AuthenticatedCipher
    ) -> Bool {
        withUnsafeBytes(of: UInt64(page).littleEndian) { number in
            cipher.open(
                UnsafeRawBufferPointer(rebasing: piece[self.overheadBytesCount...]),
                nonce: UnsafeRawBufferPointer(rebasing: piece[..<12]),
                authenticating: number,
                into: target,
                tag: UnsafeRawBufferPointer(rebasing: piece[12..<28])
            )
        }
    }

    /// `plain` as pages from `firstPage` on, as they lie on the disk.
    private func sealed(_ plain: [UInt8], firstPage: Int) throws(StorageError) -> [UInt8] {
        let pageCount = (plain.count + Self.pageBytesCount - 1) / Self.pageBytesCount
        let cipher = try self.cipher()
        let nonces: [UInt8]
        do throws(CryptoError) {
            nonces = try SecureRandom.bytes(count: pageCount * AuthenticatedCipher.nonceBytesCount)
        } catch {
            throw self.failure(error)
        }
        var out = [UInt8](repeating: 0, count: plain.count + pageCount * Self.overheadBytesCount)
        var failure: CryptoError?
        plain.withUnsafeBytes { plain in
            nonces.withUnsafeBytes { nonces in
                out.withUnsafeMutableBytes { out in
                    for page in 0..<pageCount where failure == nil {
                        let start = page * Self.pageBytesCount
                        let end = min(start + Self.pageBytesCount, plain.count)
                        let offset = page * Self.strideBytesCount
                        let piece = UnsafeMutableRawBufferPointer(
                            rebasing: out[offset..<offset + Self.overheadBytesCount + end - start]
                        )
                        do throws(CryptoError) {
                            try Self.seal(
                                UnsafeRawBufferPointer(rebasing: plain[start..<end]),
                                nonce: UnsafeRawBufferPointer(rebasing: nonces[(page * 12)..<(page * 12 + 12)]),
                                page: firstPage + page,
                                into: piece,
                                cipher
                            )
                        } catch {
                            failure = error
                        }
                    }
                }
            }
        }
        if let failure { throw self.failure(failure) }
        return out
    }

    private static func seal(
        _ plain: UnsafeRawBufferPointer,
        nonce: UnsafeRawBufferPointer,
        page: Int,
        into piece: UnsafeMutableRawBufferPointer,
        _ cipher: AuthenticatedCipher
    ) throws(CryptoError) {
        UnsafeMutableRawBufferPointer(rebasing: piece[..<12]).copyMemory(from: nonce)
        var number = UInt64(page).littleEndian
        var failure: CryptoError?
        withUnsafeBytes(of: &number) { number in
            do throws(CryptoError) {
                try cipher.seal(
                    plain,
                    nonce: nonce,
                    authenticating: number,
                    into: UnsafeMutableRawBufferPointer(rebasing: piece[self.overheadBytesCount...]),
                    tag: UnsafeMutableRawBufferPointer(rebasing: piece[12..<28])
                )
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private func cipher() throws(StorageError) -> AuthenticatedCipher {
        do throws(CryptoError) {
            return try AuthenticatedCipher(key: self.fileKey)
        } catch {
            throw self.failure(error)
        }
    }

    private func failure(_ error: CryptoError) -> StorageError {
        StorageError(.other, path: self.path, "cannot be encrypted: \(error)")
    }
}
