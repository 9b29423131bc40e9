internal import Logging

/// Repeats what must succeed in the end, with growing pauses.
enum Retry {
    static let pauseMinMilliseconds = 50
    static let pauseMaxMilliseconds = 5_000

    /// Runs `body` until it returns without an error or the task is cancelled. Failures are logged, at most one line an
    /// attempt.
    static func untilCancelled(logger: Logger, what: String, _ body: () async throws -> Void) async {
        var pauseMilliseconds = self.pauseMinMilliseconds
        while !Task.isCancelled {
            do {
                return try await body()
            } catch is CancellationError {
                return
            } catch {
                logger.warning("\(what) failed; trying again", metadata: ["error": "\(error)"])
            }
            guard (try? await Task.sleep(for: .milliseconds(pauseMilliseconds))) != nil else { return }
            pauseMilliseconds = min(pauseMilliseconds * 2, self.pauseMaxMilliseconds)
        }
    }
}
