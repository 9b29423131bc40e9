/// Why bytes are not what the record format says: damage or a foreign file, never a reason to stop.
package struct SegmentError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The bytes are not the encoding of anything, or end too early.
        case malformed
        /// The bytes had a meaning once: their checksum does not match.
        case checksum
        /// A version of the format that this program does not know.
        case unknownVersion
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
