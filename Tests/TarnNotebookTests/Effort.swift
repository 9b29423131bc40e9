import Foundation

/// How much the tests that can go on for ever do: little in every run, much with `TARN_LONG=1`.
enum Effort {
    static let isLong = ProcessInfo.processInfo.environment["TARN_LONG"] == "1"

    /// `count` random cases, or twenty times as many.
    static func cases(_ count: Int) -> Int {
        self.isLong ? count * 20 : count
    }
}
