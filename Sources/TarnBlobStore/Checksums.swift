internal import CTarn
internal import TarnCore
internal import TarnCrypto
internal import TarnSegment

/// The record format's checksums by libcrypto and the processor.
enum Checksums: RecordChecksums {
    static func digest(_ bytes: UnsafeRawBufferPointer) -> Digest {
        SHA256.digest(bytes)
    }

    static func crc32c(_ crc: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        tarn_crc32c(crc, bytes.baseAddress, bytes.count)
    }
}
