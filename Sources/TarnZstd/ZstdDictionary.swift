internal import CZstd

/// A dictionary, digested once for both directions.
///
/// Digested dictionaries are immutable and may be used by any number of threads at the same time (zstd.h).
package final class ZstdDictionary: @unchecked Sendable {
    let compression: OpaquePointer
    let decompression: OpaquePointer

    /// Digests `bytes`, a trained dictionary or any typical content; `level` is the one of every compression with it.
    package init(_ bytes: [UInt8], level: Int) throws(ZstdError) {
        let compression = bytes.withUnsafeBytes { ZSTD_createCDict($0.baseAddress, $0.count, Int32(level)) }
        guard let compression else {
            throw ZstdError(.outOfMemory, "zstd cannot digest a dictionary of \(bytes.count) bytes")
        }
        let decompression = bytes.withUnsafeBytes { ZSTD_createDDict($0.baseAddress, $0.count) }
        guard let decompression else {
            ZSTD_freeCDict(compression)
            throw ZstdError(.malformed, "zstd cannot digest a dictionary of \(bytes.count) bytes")
        }
        self.compression = compression
        self.decompression = decompression
    }

    deinit {
        ZSTD_freeCDict(self.compression)
        ZSTD_freeDDict(self.decompression)
    }
}
