internal import TarnCore
internal import TarnZstd

/// Decides how a blob is stored and proves that it can be read back.
///
/// Compressed only when that saves 5% at least. Large blobs and Parquet files are probed first: most Parquet is
/// compressed already, but some is not, so neither name nor magic decides.
struct BlobEncoder {
    /// Raw bytes for each stored byte below which a blob stays raw, in percent.
    private static let ratioPercentMin = 105
    private static let probedBytesMin = 256 << 10
    private static let probeBytes = 64 << 10
    private static let probeLevel = 1
    /// Differences have long matches, which every level finds: what higher ones add is 3% of bytes for 60% of time.
    private static let differenceLevel = 2
    /// Smaller than a frame around it.
    private static let compressedBytesMin = 32
    private static let spareBytes = 64

    /// The encoded form; ``stored`` is valid until the context is used again.
    struct Encoded {
        let codec: StoredBlob.Codec
        let bases: [UInt64]
        let stored: UnsafeRawBufferPointer
    }

    private let context: WorkerContext

    init(_ context: WorkerContext) {
        self.context = context
    }

    func encode(_ raw: UnsafeRawBufferPointer) throws -> Encoded {
        let plain = Encoded(codec: .raw, bases: [], stored: raw)
        guard raw.count >= Self.compressedBytesMin, try self.isWorthCompressing(raw) else { return plain }
        guard let count = try self.compress(raw, level: nil) else { return plain }
        let stored = UnsafeRawBufferPointer(rebasing: self.context.outputBuffer(count)[..<count])
        try self.verify(stored, is: raw)
        return Encoded(codec: .zstd, bases: [], stored: stored)
    }

    /// Encodes `raw` as a difference to `bases`, one behind the other, or returns nil when that saves too little.
    func encode(_ raw: UnsafeRawBufferPointer, against bases: [DecodedBlob]) throws -> UnsafeRawBufferPointer? {
        guard raw.count >= Self.compressedBytesMin else { return nil }
        let reference = ZstdReference.prefix(self.context.prefix(bases))
        guard let count = try self.compress(raw, level: Self.differenceLevel, reference) else { return nil }
        let stored = UnsafeRawBufferPointer(rebasing: self.context.outputBuffer(count)[..<count])
        try self.verify(stored, is: raw, reference)
        return stored
    }

    /// Encodes `raw` at `level`, as a difference to `bases` unless there are none, or returns nil when that takes more
    /// than `bytesMax` bytes. For what is stored already: nothing is probed.
    func encode(
        _ raw: UnsafeRawBufferPointer,
        against bases: [DecodedBlob],
        level: Int,
        bytesMax: Int
    ) throws -> UnsafeRawBufferPointer? {
        guard raw.count >= Self.compressedBytesMin, bytesMax > 0 else { return nil }
        let reference: ZstdReference = bases.isEmpty ? .none : .prefix(self.context.prefix(bases))
        // With no byte to spare zstd gives up on frames that would fit.
        let room = bytesMax + Self.spareBytes
        let output = UnsafeMutableRawBufferPointer(rebasing: self.context.outputBuffer(room)[..<room])
        let length = try self.context.compressor.compress(raw, into: output, reference: reference, level: level)
        guard let length, length <= bytesMax else { return nil }
        let stored = UnsafeRawBufferPointer(rebasing: output[..<length])
        try self.verify(stored, is: raw, reference)
        return stored
    }

    private func isWorthCompressing(_ raw: UnsafeRawBufferPointer) throws -> Bool {
        guard raw.count >= Self.probedBytesMin || (raw.count > 2 * Self.probeBytes && Self.isParquet(raw)) else {
            return true
        }
        var compressible = 0
        let starts = [0, (raw.count - Self.probeBytes) / 2, raw.count - Self.probeBytes]
        for start in starts {
            let piece = UnsafeRawBufferPointer(rebasing: raw[start..<start + Self.probeBytes])
            if try self.compress(piece, level: Self.probeLevel) != nil { compressible += 1 }
        }
        // Two of three: head and foot of a data file are often text while the middle is not.
        return compressible >= 2
    }

    /// Compresses into the context's output; nil when it does not save enough.
    private func compress(
        _ raw: UnsafeRawBufferPointer,
        level: Int?,
        _ reference: ZstdReference = .none
    ) throws -> Int? {
        let room = raw.count * 100 / Self.ratioPercentMin
        let output = UnsafeMutableRawBufferPointer(rebasing: self.context.outputBuffer(room)[..<room])
        return try self.context.compressor.compress(raw, into: output, reference: reference, level: level)
    }

    /// Decodes again and compares: equal bytes have the equal hash, at a tenth of its cost.
    private func verify(
        _ stored: UnsafeRawBufferPointer,
        is raw: UnsafeRawBufferPointer,
        _ reference: ZstdReference = .none
    ) throws {
        let decoded = self.context.checkBuffer(raw.count)
        try self.context.decompressor.decompress(stored, into: decoded, reference: reference)
        guard Bytes.compare(UnsafeRawBufferPointer(decoded), raw) == 0 else {
            throw StoreError(.invalid, "the compressor's output does not decode to its input")
        }
    }

    private static func isParquet(_ raw: UnsafeRawBufferPointer) -> Bool {
        raw.starts(with: [0x50, 0x41, 0x52, 0x31]) && raw.suffix(4).elementsEqual([0x50, 0x41, 0x52, 0x31])
    }
}
