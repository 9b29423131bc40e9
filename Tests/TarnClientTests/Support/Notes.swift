import Synchronization

/// What a test notes from inside a callback.
final class Notes: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    var total: Int { self.counts.withLock { $0.values.reduce(0, +) } }
    var texts: [String] { self.counts.withLock { $0.keys.sorted() } }

    /// Notes `text` and returns how often it was noted.
    func count(_ text: String) -> Int {
        self.counts.withLock { counts in
            counts[text, default: 0] += 1
            return counts[text] ?? 0
        }
    }
}
