internal import Synchronization
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// Content that arrives in pieces of any size, staged in chunks as it comes: memory holds at most a chunk and a piece.
///
/// Pieces must not be appended at the same time; whoever does so is told.
final class ChunkedContent: Sendable {
    private struct State: ~Copyable {
        var hasher: SHA256Hasher? = SHA256Hasher()
        var pending: [UInt8] = []
        var chunks: [BlobAddress] = []
        var size: UInt64 = 0
        var isBusy = false
    }

    private let node: any NodeService
    private let bytesMax: UInt64
    private let state = Mutex(State())

    init(node: any NodeService, bytesMax: UInt64 = Limits.fileBytesMax) {
        self.node = node
        self.bytesMax = bytesMax
    }

    /// Adds `bytes` behind what came before.
    func append(_ bytes: some Collection<UInt8> & Sendable) async throws {
        let piece = Array(bytes)
        let whole = try self.state.withLock { state throws(DatabricksError) in
            guard !state.isBusy, state.hasher != nil else {
                throw DatabricksError(409, "RESOURCE_CONFLICT", "Another block of this stream is being written")
            }
            guard state.size + UInt64(piece.count) <= self.bytesMax else {
                throw .invalid("A file has at most \(self.bytesMax) bytes")
            }
            state.isBusy = true
            state.size += UInt64(piece.count)
            piece.withUnsafeBytes { state.hasher?.update($0) }
            state.pending += piece
            // What may be all of a small file is not cut.
            var whole: [[UInt8]] = []
            while state.pending.count > Limits.chunkBytes {
                whole.append(Array(state.pending[..<Limits.chunkBytes]))
                state.pending.removeFirst(Limits.chunkBytes)
            }
            return whole
        }
        defer { self.state.withLock { $0.isBusy = false } }
        for chunk in whole {
            let address = try await self.node.put(blobs: [chunk]).addresses[0]
            self.state.withLock { $0.chunks.append(address) }
        }
    }

    /// Ends the content and returns the entry that makes it stand somewhere.
    func finish() async throws -> Entry {
        let (digest, size, pending, chunks) = try self.state.withLock {
            state throws(DatabricksError) -> (Digest, UInt64, [UInt8], [BlobAddress]) in
            guard !state.isBusy, let hasher = state.hasher.take() else {
                throw DatabricksError(409, "RESOURCE_CONFLICT", "Another block of this stream is being written")
            }
            return (hasher.finish(), state.size, state.pending, state.chunks)
        }
        let last = try await self.node.put(blobs: [pending]).addresses[0]
        guard !chunks.isEmpty else { return try Entry.file(content: digest, size: size) }
        let manifest = try Manifest(content: digest, size: size, chunks: chunks + [last])
        let address = try await self.node.put(manifest: manifest)
        return try Entry.file(content: digest, size: size, manifest: address)
    }
}
