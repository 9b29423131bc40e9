import Foundation

/// Waiting for what other processes do, which nobody signals to a test.
enum Polling {
    /// Between two looks at a file or a process.
    static let lookSeconds = 0.02
    /// Between two questions by the command line tool, each of which is a process of its own.
    static let questionSeconds = 0.1

    /// Whether `condition` holds within `seconds`.
    static func holds(
        within seconds: Double,
        every interval: Double = Self.lookSeconds,
        _ condition: () throws -> Bool
    ) rethrows -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        while try !condition() {
            guard Date() < deadline else { return false }
            Thread.sleep(forTimeInterval: interval)
        }
        return true
    }
}
