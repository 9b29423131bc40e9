internal import NIOCore
internal import TarnCore

/// Blobs one behind the other as `POST /v1/stage` takes them: each behind its length as a varint.
enum FrameBuffer {
    /// Bytes that the lengths may take beside the blobs.
    static func framingBytesMax(count: Int) -> Int { count * 4 }

    /// Writes the length of a blob of at most ``Limits/blobBytesMax``.
    static func writeLength(_ length: Int, to buffer: inout ByteBuffer) {
        var rest = UInt64(length)
        while rest >= 0x80 {
            buffer.writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        buffer.writeInteger(UInt8(truncatingIfNeeded: rest))
    }
}
