internal import NIOCore
internal import Synchronization
internal import TarnCore

/// Gathers the parts of an answer's body, or passes them on as they come.
final class AnswerCollector: Sendable {
    private let forward: (@Sendable ([UInt8]) async throws -> Void)?
    /// How long the body of a success is going to be, where the asker knows; else 0.
    private let expectedBytesCount: Int
    private let state = Mutex(State())

    private struct State {
        var body: [UInt8] = []
        var hasForwarded = false
    }

    init(forward: (@Sendable ([UInt8]) async throws -> Void)?, expectedBytesCount: Int) {
        self.forward = forward
        self.expectedBytesCount = min(expectedBytesCount, Limits.clientAnswerBytesMax)
    }

    var hasForwarded: Bool { self.state.withLock { $0.hasForwarded } }

    /// Parts of an answer that is not a success are kept: they hold the message.
    func append(_ part: ByteBuffer, status: Int) async throws {
        if let forward = self.forward, (200..<300).contains(status) {
            self.state.withLock { $0.hasForwarded = true }
            try await forward(Array(part.readableBytesView))
            return
        }
        let isTooLong = self.state.withLock { state in
            guard state.body.count + part.readableBytes <= Limits.clientAnswerBytesMax else { return true }
            if state.body.isEmpty, (200..<300).contains(status) {
                // A body that grows by itself is copied several times over.
                state.body.reserveCapacity(self.expectedBytesCount)
            }
            state.body.append(contentsOf: part.readableBytesView)
            return false
        }
        if isTooLong {
            throw ClientError(
                .failed,
                "the answer has over \(Limits.clientAnswerBytesMax) bytes; ask for less with --limit"
            )
        }
    }

    /// The body, which is given away.
    func take() -> [UInt8] {
        self.state.withLock { exchange(&$0.body, with: []) }
    }
}
