internal import Synchronization
internal import TarnCore
internal import TarnNode

/// One upload in parts. Parts arrive in any order; those without a gap before them are joined as they come, so that
/// little is left to do when the client says that it is done, however large the file is.
final class UploadSession: Sendable {
    private struct State {
        var parts: [Int: Entry] = [:]
        /// The contents of parts 1, 2, … in the order in which they were joined.
        var joined: [Digest] = []
        var isJoining = false
        /// Whether joining failed, so that the parts are joined from the first one when all are there.
        var isAbandoned = false
    }

    let path: NamespacePath
    let isOverwriting: Bool
    private let node: any NodeService
    private let budget: ByteBudget
    private let content: ChunkedContent
    private let state = Mutex(State())

    init(node: any NodeService, budget: ByteBudget, path: NamespacePath, isOverwriting: Bool) {
        self.path = path
        self.isOverwriting = isOverwriting
        self.node = node
        self.budget = budget
        self.content = ChunkedContent(node: node, budget: budget)
    }

    /// The part that arrived last under `number`.
    func part(_ number: Int) -> Entry? {
        self.state.withLock { $0.parts[number] }
    }

    /// Remembers a part that is staged, and joins what has no gap before it: at most so much that the client's next
    /// answer is not held up for long.
    func take(_ part: Entry, number: Int) async {
        self.state.withLock { $0.parts[number] = part }
        var bytesLeft = max(Limits.joinedBytesPerPartMin, 2 * part.size)
        while let next = self.beginNext(bytesMax: bytesLeft) {
            // The part itself is safe, and that is what the client asked for.
            guard (try? await self.join(next)) != nil else { return }
            bytesLeft -= min(bytesLeft, next.size)
        }
    }

    /// The file that the parts `numbers`, ascending, make. Throws ``NodeError`` `unavailable` while somebody else joins
    /// parts.
    func joined(_ numbers: [Int]) async throws -> Entry {
        let parts = numbers.compactMap { self.part($0) }
        let isPrefix = self.state.withLock { state in
            !state.isAbandoned && numbers.elementsEqual(1..<numbers.count + 1) && state.joined.count <= parts.count
                && zip(state.joined, parts).allSatisfy { $0 == $1.content }
        }
        // A part that was left out, or sent once more with another content, makes another file than the one begun.
        guard isPrefix else {
            let content = ChunkedContent(node: self.node, budget: self.budget)
            for part in parts { try await self.append(part, to: content) }
            return try await content.finish()
        }
        while let next = self.beginNext(bytesMax: .max, upTo: numbers.count) { try await self.join(next) }
        guard self.state.withLock({ !$0.isJoining && $0.joined.count == numbers.count }) else {
            throw NodeError(.unavailable, "parts of the upload are still being joined; nothing was ordered, ask again")
        }
        return try await self.content.finish()
    }

    /// The part that comes next, if it is there and small enough, which nobody else joins from now on.
    private func beginNext(bytesMax: UInt64, upTo last: Int = .max) -> Entry? {
        self.state.withLock { state in
            let number = state.joined.count + 1
            guard !state.isJoining, !state.isAbandoned, number <= last, let part = state.parts[number],
                part.size <= bytesMax
            else {
                return nil
            }
            state.isJoining = true
            return part
        }
    }

    private func join(_ part: Entry) async throws {
        do {
            try await self.append(part, to: self.content)
        } catch {
            self.state.withLock { ($0.isJoining, $0.isAbandoned) = (false, true) }
            throw error
        }
        self.state.withLock { state in
            state.joined.append(part.content)
            state.isJoining = false
        }
    }

    private func append(_ part: Entry, to content: ChunkedContent) async throws {
        guard part.manifest != nil else { return try await content.append(try await self.node.blob(part.content)) }
        for chunk in try await self.node.manifest(of: part).chunks {
            try await content.append(try await self.node.blob(chunk))
        }
    }
}
