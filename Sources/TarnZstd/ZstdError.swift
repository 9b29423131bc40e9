/// Why zstd refused: bytes that are no frame, a frame that holds more than it may, or no memory.
package struct ZstdError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The bytes are not the frame of anything, or need another dictionary or prefix.
        case malformed
        /// The frame holds more bytes, or fewer, than its record says.
        case wrongLength
        case outOfMemory
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
