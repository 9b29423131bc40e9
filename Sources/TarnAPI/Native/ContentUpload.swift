internal import Hummingbird
internal import NIOCore
internal import TarnCore
internal import TarnCrypto
internal import TarnNode
internal import TarnNotebook

/// Takes a body of any size and stages it: up to 4 MiB as one blob, more as chunks that are stored while the next one
/// arrives.
struct ContentUpload: Sendable {
    let node: any NodeService
    let path: NamespacePath
    var bytesMax = Limits.fileBytesMax
    /// Whether content under `/workspace` that looks like a notebook becomes one.
    var recognisesNotebooks = true
    /// Whether a change set names the content as soon as it is here; otherwise it is durable before that.
    var isNamedAtOnce = true

    /// The entry that makes the body stand at the path; what it names is staged here.
    func entry(of request: APIRequest, attributes: Attributes) async throws -> Entry {
        try request.checkAnnouncedLength(max: self.bytesMax)
        var iterator = request.http.body.makeAsyncIterator()
        let announced = request.announcedLength.map { Int(clamping: min($0, UInt64(Limits.blobBytesMax))) }
        var head = ByteBuffer()
        var pace = BodyPace()
        head.reserveCapacity(announced ?? 0)
        while let buffer = try await iterator.next() {
            try pace.note(bytes: buffer.readableBytes)
            try request.permit?.reserve(bodyBytes: buffer.readableBytes)
            head.writeImmutableBuffer(buffer)
            if head.readableBytes > Limits.blobBytesMax {
                return try await self.large(head, &iterator, &pace, attributes)
            }
        }
        return try await self.small(Array(head.readableBytesView), attributes)
    }

    private func small(_ content: [UInt8], _ attributes: Attributes) async throws -> Entry {
        var attributes = attributes
        if self.recognisesNotebooks, NamespacePath.workspace.isAncestor(of: self.path) {
            for (key, value) in NotebookRecognition.attributes(name: self.path.name, content: content) {
                attributes[key] = value
            }
        }
        let address =
            self.isNamedAtOnce
            ? try await self.node.stage(content: content) : try await self.node.put(blobs: [content]).addresses[0]
        return try Entry.file(content: address, size: UInt64(content.count), attributes: attributes)
    }

    /// Chunks of exactly 4 MiB from `head` and what follows it, at most ``Limits/uploadChunksInFlightMax`` of them on
    /// their way.
    private func large(
        _ head: ByteBuffer,
        _ iterator: inout RequestBody.AsyncIterator,
        _ pace: inout BodyPace,
        _ attributes: Attributes
    ) async throws -> Entry {
        var hasher = SHA256Hasher()
        var pending = head
        pending.withUnsafeReadableBytes { hasher.update($0) }
        var size = UInt64(head.readableBytes)
        var chunks = ChunkList()
        try await withThrowingTaskGroup(of: (Int, BlobAddress).self) { group in
            var isAtEnd = false
            while true {
                while !isAtEnd, pending.readableBytes < Limits.chunkBytes {
                    guard let buffer = try await iterator.next() else {
                        isAtEnd = true
                        break
                    }
                    size += UInt64(buffer.readableBytes)
                    try pace.note(bytes: buffer.readableBytes)
                    guard size <= self.bytesMax else { throw APIRequest.tooLarge(max: self.bytesMax) }
                    buffer.withUnsafeReadableBytes { hasher.update($0) }
                    pending.writeImmutableBuffer(buffer)
                }
                if pending.readableBytes == 0 { break }
                if chunks.inFlight == Limits.uploadChunksInFlightMax, let done = try await group.next() {
                    chunks.finish(done)
                }
                let chunk = Array(pending.readBytes(length: min(Limits.chunkBytes, pending.readableBytes)) ?? [])
                pending.discardReadBytes()
                let index = chunks.begin()
                group.addTask { (index, try await self.node.put(blobs: [chunk]).addresses[0]) }
            }
            while let done = try await group.next() { chunks.finish(done) }
        }
        let content = hasher.finish()
        let manifest = try Manifest(content: content, size: size, chunks: chunks.addresses)
        let address = try await self.node.put(manifest: manifest)
        return try Entry.file(content: content, size: size, manifest: address, attributes: attributes)
    }

    /// The addresses of a file's chunks, which become known out of order.
    private struct ChunkList {
        private(set) var addresses: [BlobAddress] = []
        private(set) var inFlight = 0

        mutating func begin() -> Int {
            self.addresses.append(.zero)
            self.inFlight += 1
            return self.addresses.count - 1
        }

        mutating func finish(_ chunk: (index: Int, address: BlobAddress)) {
            self.addresses[chunk.index] = chunk.address
            self.inFlight -= 1
        }
    }
}
