internal import TarnCore
internal import TarnSegment
internal import TarnZstd

/// What one worker thread reuses from job to job: zstd contexts, an output buffer and the dictionaries it met.
final class WorkerContext {
    private static let dictionariesMax = 16

    var compressor: ZstdCompressor
    var decompressor: ZstdDecompressor
    /// Digested dictionaries.
    private var dictionaries: [Fingerprint: ZstdDictionary] = [:]
    private var output = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var check = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var prefix = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    init(compressionLevel: Int) throws(ZstdError) {
        self.compressor = try ZstdCompressor(level: compressionLevel)
        self.decompressor = try ZstdDecompressor()
    }

    deinit {
        self.output.deallocate()
        self.check.deallocate()
        self.prefix.deallocate()
    }

    /// Memory of at least `count` bytes for compressed bytes; valid until the next call.
    func outputBuffer(_ count: Int) -> UnsafeMutableRawBufferPointer {
        Self.grow(&self.output, to: count)
        return self.output
    }

    /// Memory of exactly `count` bytes for decoding again what was encoded; valid until the next call.
    func checkBuffer(_ count: Int) -> UnsafeMutableRawBufferPointer {
        Self.grow(&self.check, to: count)
        return UnsafeMutableRawBufferPointer(rebasing: self.check[..<count])
    }

    /// `pieces` one behind the other; valid until the next call.
    func prefix(_ pieces: [DecodedBlob]) -> UnsafeRawBufferPointer {
        let count = pieces.reduce(0) { $0 + $1.bytes.count }
        Self.grow(&self.prefix, to: count)
        var end = 0
        for piece in pieces {
            UnsafeMutableRawBufferPointer(rebasing: self.prefix[end...]).copyBytes(from: piece.bytes)
            end += piece.bytes.count
        }
        return UnsafeRawBufferPointer(rebasing: self.prefix[..<count])
    }

    func dictionary(_ fingerprint: Fingerprint, _ content: () throws -> [UInt8]) throws -> ZstdDictionary {
        if let known = self.dictionaries[fingerprint] { return known }
        let made = try ZstdDictionary(try content(), level: 3)
        if self.dictionaries.count >= Self.dictionariesMax { self.dictionaries.removeAll(keepingCapacity: true) }
        self.dictionaries[fingerprint] = made
        return made
    }

    private static func grow(_ buffer: inout UnsafeMutableRawBufferPointer, to count: Int) {
        guard buffer.count < count else { return }
        buffer.deallocate()
        buffer = .allocate(byteCount: max(count, 64 << 10), alignment: 16)
    }
}
