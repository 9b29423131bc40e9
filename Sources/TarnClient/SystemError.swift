internal import Glibc

/// A failed system call: what was tried, on which file, and why it failed.
package struct SystemError: Error, Sendable, CustomStringConvertible {
    /// What was tried, with the file's name: `open /a/b`.
    package let action: String
    package let number: Int32

    init(_ action: String, _ number: Int32 = errno) {
        self.action = action
        self.number = number
    }

    /// The reason in words, such as `No such file or directory`.
    package var reason: String { String(cString: strerror(self.number)) }
    package var description: String { "\(self.action): \(self.reason)" }
    package var isMissing: Bool { self.number == ENOENT }
}
