internal import TarnCore
internal import TarnSegment

/// Encodes what a compaction copies once more, at a level for which nobody could wait while it was stored.
///
/// A blob keeps its codec and its bases, so its depth, what decoding it touches and what depends on what stay as they
/// are. What is raw stays raw: whoever stored it found out that it does not compress. Chunks are left alone, most of
/// them being pieces of compressed files. Bodies of log entries, which are raw when they are short, become zstd where
/// that pays (`ops/decisions/0015-recompression-at-compaction.md`).
final class Recompressor {
    /// Above it zstd builds trees over all of the bases: 18 times the time for a twentieth of the bytes.
    private static let level = 8
    /// What a new form must save of the old one to be taken, in percent.
    private static let savedPercentMin = 3

    private let decoder: BlobDecoder
    private let encoder: BlobEncoder
    /// Bases that were hashed. What decodes a blob need not be right where the blob does not point at it, but any of it
    /// may be pointed at now.
    private let bases = DecodedCache(bytesMax: Limits.recompressionCacheBytesMax)
    /// Records that came out smaller.
    private(set) var count = 0

    init(decoder: BlobDecoder) {
        self.decoder = decoder
        self.encoder = BlobEncoder(decoder.context)
    }

    /// The smaller form of `blob`, which `record` holds and which was proved; nil to keep the one it has. Valid until
    /// the context is used again.
    func encode(_ blob: DecodedBlob, _ record: Record) throws -> UnsafeRawBufferPointer? {
        guard record.kind != .chunk, record.codec == .zstd || record.codec == .zstdDelta else { return nil }
        // A base that is damaged elsewhere is no reason not to copy this blob.
        guard let bases = try? record.bases.map({ try self.base($0) }) else { return nil }
        let smaller = try blob.bytes.withUnsafeBytes {
            try self.encoder.encode($0, against: bases, level: Self.level, bytesMax: Self.bytesMax(record))
        }
        if smaller != nil { self.count += 1 }
        return smaller
    }

    /// Appends the entry that `record` in `bytes` holds with a smaller body; false when it is to stay as it is.
    func append(entry record: Record, in bytes: [UInt8], to run: inout RecordRun) throws -> Bool {
        // An entry that is not what its hashes say is none to encode anew: its record is all there is of it.
        guard let header = try? LogHeader(decoding: Array(bytes[record.header])),
            let body = try? self.decoder.payload(bytes, record), header.encoded() == Array(bytes[record.header]),
            LogEntry(header: header, body: body).isBodyValid(Checksums.self)
        else { return false }
        return try body.withUnsafeBytes { raw in
            let smaller = try self.encoder.encode(
                raw,
                against: [],
                level: Self.level,
                bytesMax: Self.bytesMax(record)
            )
            guard let smaller else { return false }
            run.append(
                entry: header,
                hash: header.hash(Checksums.self),
                codec: .zstd,
                rawBytesCount: body.count,
                stored: smaller,
                Checksums.self
            )
            self.count += 1
            return true
        }
    }

    private static func bytesMax(_ record: Record) -> Int {
        record.payload.count * (100 - self.savedPercentMin) / 100
    }

    private func base(_ ordinal: UInt64) throws -> DecodedBlob {
        guard let slot = self.decoder.index.slot(at: ordinal) else {
            throw StoreError(.corrupt, "its base with the ordinal \(ordinal) is not here")
        }
        if let known = self.bases.intact(slot.fingerprint) { return known }
        let blob = try self.decoder.proved(ordinal: ordinal, slot).blob
        self.bases.insert(slot.fingerprint, blob)
        return blob
    }
}
