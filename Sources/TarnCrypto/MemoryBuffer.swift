internal import COpenSSL

/// An owned memory `BIO`, libcrypto's way of reading and writing text.
struct MemoryBuffer: ~Copyable {
    let pointer: OpaquePointer

    /// An empty buffer to write to.
    init() throws(CryptoError) {
        guard let pointer = BIO_new(BIO_s_mem()) else { throw .library(.unavailable, "libcrypto is out of memory") }
        self.pointer = pointer
    }

    /// A buffer that holds `text`.
    static func holding(_ text: String) throws(CryptoError) -> MemoryBuffer {
        let buffer = try MemoryBuffer()
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.textBytesMax,
            BIO_write(buffer.pointer, bytes, Int32(bytes.count)) == Int32(bytes.count)
        else {
            throw .library(.invalidRequest, "PEM text of \(bytes.count) bytes; 1 to \(Self.textBytesMax) are allowed")
        }
        return buffer
    }

    deinit {
        BIO_free(self.pointer)
    }

    /// Takes out all that was written.
    func text() -> String {
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(self.pointer))
        let count = BIO_read(self.pointer, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(Int(max(0, count))), as: UTF8.self)
    }

    /// Far above any key or chain of certificates.
    private static let textBytesMax = 1 << 20
}
