internal import Synchronization
internal import TarnCore
internal import TarnPeer
internal import TarnZstd

/// Compresses the bodies of log entries on their way to peers: paths repeat, and a Prepare crosses the wire twice.
final class ZstdBodyCodec: EntryBodyCodec {
    /// Fast rather than small: addresses, which make up most of a body, do not compress.
    private static let level = 1
    /// Smaller bodies gain less than the codec's own bytes.
    private static let bytesMin = 256

    private let compressor: Mutex<ZstdCompressor>
    private let decompressor: Mutex<ZstdDecompressor>

    init() throws {
        self.compressor = Mutex(try ZstdCompressor(level: Self.level))
        self.decompressor = Mutex(try ZstdDecompressor())
    }

    func encode(_ body: [UInt8]) -> (codec: StoredBlob.Codec, bytes: [UInt8])? {
        guard body.count >= Self.bytesMin else { return nil }
        var bytes = [UInt8](repeating: 0, count: body.count)
        let count = bytes.withUnsafeMutableBytes { destination in
            body.withUnsafeBytes { source in
                self.compressor.withLock { try? $0.compress(source, into: destination) } ?? nil
            }
        }
        guard let count else { return nil }
        bytes.removeSubrange(count...)
        return (.zstd, bytes)
    }

    func decode(_ bytes: [UInt8], codec: StoredBlob.Codec, rawBytesCount: Int) throws -> [UInt8] {
        guard codec == .zstd else { throw PeerError(.unsupported, "bodies encoded by codec \(codec.rawValue)") }
        return try bytes.withUnsafeBytes { source in
            try self.decompressor.withLock { try $0.decompress(source, rawBytesCount: rawBytesCount) }
        }
    }
}
