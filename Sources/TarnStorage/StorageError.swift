/// What a file system refused, with the path and the reason in words.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case notFound
        case alreadyExists
        /// The file system is full, or a quota is used up.
        case noSpace
        /// Another process holds the lock.
        case locked
        case permissionDenied
        /// The device failed: what is on it is in doubt.
        case inputOutput
        /// Encrypted bytes that do not open: altered, or never written whole.
        case unauthentic
        /// The storage does not answer any more, as after a power loss; only faulty storages do that.
        case crashed
        case other
    }

    package let code: Code
    package let path: String
    package let message: String

    package init(_ code: Code, path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    package var description: String { "\(self.path): \(self.message)" }
}
