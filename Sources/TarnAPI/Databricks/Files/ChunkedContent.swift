internal import Synchronization
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// Content that arrives in pieces of any size, staged in chunks as it comes: memory holds at most a chunk and a piece.
/// What waits for the next piece is taken from a budget that all contents share.
///
/// Pieces must not be appended at the same time; whoever does so is told. A piece of which it is not known how much was
/// staged ends the content: it would otherwise be appended once more by who tries again.
final class ChunkedContent: Sendable {
    private enum Phase {
        case open
        case busy
        case finished(Entry)
        case broken
    }

    private struct State: ~Copyable {
        var phase = Phase.open
        var hasher: SHA256Hasher? = SHA256Hasher()
        var pending: [UInt8] = []
        var chunks: [BlobAddress] = []
        var size: UInt64 = 0
    }

    private let node: any NodeService
    private let budget: ByteBudget
    private let bytesMax: UInt64
    private let state = Mutex(State())

    init(node: any NodeService, budget: ByteBudget, bytesMax: UInt64 = Limits.fileBytesMax) {
        self.node = node
        self.budget = budget
        self.bytesMax = bytesMax
    }

    deinit {
        self.state.withLock { self.dropPending(&$0) }
    }

    /// Adds `piece` behind what came before. Throws ``DatabricksError`` while another piece is on its way, and after
    /// one that failed, and when as much waits in memory as may: then nothing has changed.
    func append(_ piece: [UInt8]) async throws {
        let whole = try self.begin { state throws(DatabricksError) in
            guard state.size + UInt64(piece.count) <= self.bytesMax else {
                throw .invalid("A file has at most \(self.bytesMax) bytes")
            }
            guard self.budget.take(piece.count) else { throw Self.tooManyBytes }
            state.size += UInt64(piece.count)
            piece.withUnsafeBytes { state.hasher?.update($0) }
            let heldCount = state.pending.count + piece.count
            let whole = Self.wholeChunks(of: &state.pending, with: piece)
            self.budget.giveBack(heldCount - state.pending.count)
            return whole
        }
        do {
            for chunk in whole {
                let address = try await self.node.put(blobs: [chunk]).addresses[0]
                self.state.withLock { $0.chunks.append(address) }
            }
            self.state.withLock { $0.phase = .open }
        } catch {
            self.state.withLock { state in
                state.phase = .broken
                self.dropPending(&state)
            }
            throw error
        }
    }

    /// Ends the content and returns the entry that makes it stand somewhere; the same one when it is asked again.
    func finish() async throws -> Entry {
        if let finished = self.finished { return finished }
        let (pending, chunks, size) = try self.begin { state throws(DatabricksError) in
            (state.pending, state.chunks, state.size)
        }
        do {
            let last = try await self.node.put(blobs: [pending]).addresses[0]
            let digest = self.state.withLock { $0.hasher.take()?.finish() }
            guard let digest else { throw Self.broken }
            let entry: Entry
            if chunks.isEmpty {
                entry = try Entry.file(content: digest, size: size)
            } else {
                let manifest = try Manifest(content: digest, size: size, chunks: chunks + [last])
                let address = try await self.node.put(manifest: manifest)
                entry = try Entry.file(content: digest, size: size, manifest: address)
            }
            self.state.withLock { state in
                state.phase = .finished(entry)
                self.dropPending(&state)
            }
            return entry
        } catch {
            self.state.withLock { $0.phase = $0.hasher == nil ? .broken : .open }
            throw error
        }
    }

    /// Lets go of what no further piece will join.
    private func dropPending(_ state: inout State) {
        self.budget.giveBack(state.pending.count)
        state.pending = []
    }

    // MARK: Phases

    private static let tooManyBytes = DatabricksError(
        429,
        "RESOURCE_EXHAUSTED",
        "the node holds as many bytes of open uploads as it takes; close some, or try again later"
    )
    private static let broken = DatabricksError(
        409,
        "RESOURCE_CONFLICT",
        "A block of this stream could not be stored; write the file again from its beginning"
    )

    private var finished: Entry? {
        self.state.withLock { state in
            if case .finished(let entry) = state.phase { return entry }
            return nil
        }
    }

    /// Runs `body` on an open content, which is busy from then on.
    private func begin<Value>(
        _ body: (inout State) throws(DatabricksError) -> sending Value
    ) throws(DatabricksError) -> sending Value {
        try self.state.withLock { state throws(DatabricksError) in
            switch state.phase {
            case .open: break
            case .busy: throw DatabricksError(409, "RESOURCE_CONFLICT", "Another block of this stream is being written")
            case .finished: throw DatabricksError(409, "RESOURCE_CONFLICT", "This stream has ended")
            case .broken: throw Self.broken
            }
            let value = try body(&state)
            state.phase = .busy
            return value
        }
    }

    /// The chunks that `pending` and `piece` fill, leaving in `pending` what may be all of a small file, which is not
    /// cut.
    private static func wholeChunks(of pending: inout [UInt8], with piece: [UInt8]) -> [[UInt8]] {
        guard pending.count + piece.count > Limits.chunkBytes else {
            pending += piece
            return []
        }
        var whole: [[UInt8]] = []
        var position = Limits.chunkBytes - pending.count
        pending += piece[..<position]
        whole.append(pending)
        while piece.count - position > Limits.chunkBytes {
            whole.append(Array(piece[position..<position + Limits.chunkBytes]))
            position += Limits.chunkBytes
        }
        pending = Array(piece[position...])
        return whole
    }
}
