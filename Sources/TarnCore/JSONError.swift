/// Why bytes are not the JSON that was asked for, and where.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String
    /// Bytes before the place where reading stopped.
    package let offset: Int

    package init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    package var description: String { "\(self.message) at byte \(self.offset)" }
}
