internal import Glibc
internal import NIOCore
internal import Synchronization
internal import TarnCore
internal import TarnCrypto

/// What became of one large file.
struct LargeOutcome: Sendable {
    enum Result: Sendable {
        case staged(content: BlobAddress, manifest: BlobAddress)
        /// The target has this content already, under this manifest where that is of interest.
        case same(manifest: BlobAddress?)
        /// It changed while it was read, and looks like this now.
        case changed(FileStamp)
        case failed(String)
    }

    let order: ReadOrder
    let result: Result
    let attributes: Attributes
    var newStoredBytesCount: UInt64 = 0
}

/// Sends one file above 4 MiB as chunks, a few at a time, hashing the whole while it is read.
struct LargeFileUploader: Sendable {
    private let client: TarnHTTPClient

    init(client: TarnHTTPClient) {
        self.client = client
    }

    /// The staged content and manifest of the bytes that `source` gives, and what they took in the store.
    func upload(
        _ source: ChunkSource
    ) async throws -> (content: BlobAddress, size: UInt64, manifest: BlobAddress, newStoredBytesCount: UInt64) {
        var addresses: [BlobAddress] = []
        var stored: UInt64 = 0
        var inFlight = 0
        try await withThrowingTaskGroup(of: (Int, TarnHTTPClient.Staged).self) { group in
            func take(_ result: (Int, TarnHTTPClient.Staged)) {
                addresses[result.0] = result.1.addresses[0]
                stored += result.1.newStoredBytesCount
                inFlight -= 1
            }
            while let frames = try await BlockingWork.run({ try source.nextChunk() }) {
                let index = addresses.count
                addresses.append(.zero)
                inFlight += 1
                group.addTask { (index, try await self.client.stage(frames: frames, count: 1)) }
                if inFlight >= Limits.importChunksInFlightMax, let result = try await group.next() { take(result) }
            }
            while let result = try await group.next() { take(result) }
        }
        let (content, size) = source.finish()
        let manifest: Manifest
        do {
            manifest = try Manifest(content: content, size: size, chunks: addresses)
        } catch {
            throw ClientError(.failed, error.message)
        }
        return (content, size, try await self.client.stage(manifest: manifest), stored)
    }

    /// Sends the file that `order` names, unless the target has its content.
    func upload(_ order: ReadOrder, _ context: ImportContext) async throws -> LargeOutcome {
        let attributes = context.attributes(
            name: order.path[(order.path.lastIndex(of: 0x2f).map { $0 + 1 } ?? 0)...],
            content: UnsafeRawBufferPointer(start: nil, count: 0),
            stamp: order.stamp
        )
        do {
            if let known = order.known, known.size == order.stamp.size {
                let manifest = try await BlockingWork.run { try Self.manifest(order, context) }
                if manifest.content == known.content {
                    // Staging it again stores nothing new, and answers with the address that only the node can tell for
                    // any size.
                    let address = context.areTimesSignificant ? try await self.client.stage(manifest: manifest) : nil
                    return LargeOutcome(order: order, result: .same(manifest: address), attributes: attributes)
                }
            }
            let source = try await BlockingWork.run {
                try ChunkSource(path: context.location(order.path[...]), stamp: order.stamp)
            }
            let (content, _, manifest, stored) = try await self.upload(source)
            return LargeOutcome(
                order: order,
                result: .staged(content: content, manifest: manifest),
                attributes: attributes,
                newStoredBytesCount: stored
            )
        } catch let change as ChunkSource.Changed {
            return LargeOutcome(order: order, result: .changed(change.stamp), attributes: attributes)
        } catch let error as SystemError {
            return LargeOutcome(order: order, result: .failed(error.reason), attributes: attributes)
        }
    }

    /// The manifest of the file as it is, without sending anything. May block.
    private static func manifest(_ order: ReadOrder, _ context: ImportContext) throws -> Manifest {
        let source = try ChunkSource(path: context.location(order.path[...]), stamp: order.stamp)
        var addresses: [BlobAddress] = []
        while let frame = try source.nextChunk() {
            let length = Int(
                min(UInt64(Limits.chunkBytes), order.stamp.size - UInt64(addresses.count * Limits.chunkBytes))
            )
            addresses.append(
                frame.withUnsafeReadableBytes { SHA256.digest(UnsafeRawBufferPointer(rebasing: $0.suffix(length))) }
            )
        }
        let (content, size) = source.finish()
        return try Manifest(content: content, size: size, chunks: addresses)
    }
}
