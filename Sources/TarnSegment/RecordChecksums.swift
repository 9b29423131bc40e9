package import TarnCore

/// The two checksums of the record format, given by the shell so that this target links no C library.
package protocol RecordChecksums: SHA256Function {
    /// CRC32C (RFC 3720) of `bytes`, continuing from `crc`; 0 to begin.
    static func crc32c(_ crc: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32
}
