internal import TarnConsensus
internal import TarnCore

/// Ordering and waiting for the commit in one call: a caller who came back in between would cost two changes of thread.
extension ReplicaEngine {
    /// What a writer is told about the op that it waited for.
    struct Settlement: Sendable {
        /// Whether the op committed here in time.
        let isCommitted: Bool
        /// The committed header; nil when it is not one of the newest any more.
        let header: LogHeader?
        /// Members known to hold the op and its blobs, by index.
        let holders: [Int]
    }

    /// Orders `changes` as ``submit(_:author:source:request:closure:)`` does and waits for the op that decides about
    /// them, if there is one.
    func settle(
        _ changes: [Change],
        author: String,
        source: String,
        request: RequestID,
        closure: Closure,
        milliseconds: Int
    ) async -> (Submission, Settlement?) {
        let submission = self.submit(changes, author: author, source: source, request: request, closure: closure)
        switch submission {
        case .ordered(let op, _), .repeated(let op), .unchanged(let op), .rejected(let op, _):
            let isCommitted = await self.wait(for: op, milliseconds: milliseconds)
            let header = isCommitted ? self.recent[op] : nil
            return (submission, Settlement(isCommitted: isCommitted, header: header, holders: self.holders(of: op)))
        case .forgotten, .refused: return (submission, nil)
        }
    }
}
