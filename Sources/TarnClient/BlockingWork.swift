internal import Dispatch

/// Runs work that waits for the disk, or computes for long, on threads of its own, so that it never occupies the
/// cooperative pool.
///
/// The caller bounds how much of it is under way.
package enum BlockingWork {
    static let queue = DispatchQueue(label: "tarn.client.files", qos: .userInitiated, attributes: .concurrent)

    package static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            self.queue.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
