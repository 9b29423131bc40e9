/// A rule that a file breaks, and where.
struct Violation: Hashable, CustomStringConvertible {
    let path: String
    /// From 1; nil when the whole file is meant.
    let line: Int?
    let message: String

    var description: String {
        if let line = self.line { return "\(self.path):\(line): \(self.message)" }
        return "\(self.path): \(self.message)"
    }
}

extension [Violation] {
    /// One a line, as a failed test shows them.
    var listing: String { self.map(\.description).joined(separator: "\n") }
}
