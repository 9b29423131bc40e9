internal import Dispatch

/// Runs calls that block away from the cooperative pool.
enum SQLiteThread {
    /// Calls `body` on a thread of its own and returns what it returns.
    static func run<T: Sendable>(
        label: String,
        _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: label).async {
                continuation.resume(with: Result { try body() })
            }
        }
    }
}
