internal import TarnCore

/// Why bytes cannot be read as a notebook or a notebook not be written in a format.
package struct NotebookError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The bytes do not have the form that their format asks for.
        case malformed
        /// A text that must be UTF-8 is not.
        case notUTF8
        /// Nothing says in which language the cells are.
        case languageMissing
        /// The bytes are of a version or kind that is not read.
        case unsupported
        /// More bytes, cells or notebooks than a limit of `Limits` allows.
        case tooLarge
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// A fault in the JSON of a document that `what` names.
    init(_ error: JSONError, in what: String) {
        self.init(.malformed, "\(what) is no valid JSON: \(error)")
    }

    package var description: String { self.message }
}
