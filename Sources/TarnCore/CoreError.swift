/// What the vocabulary rejects: a value that no part of the system may hold.
package struct CoreError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case invalidPath
        case invalidEntry
        case invalidDatacenter
        case invalidRequest
        case invalidChangeSet
        /// Bytes that are not the canonical encoding of anything.
        case malformed
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
