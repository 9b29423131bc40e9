import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Manifests in the store")
struct ManifestTests {
    private let store: BlobStore

    init() async throws {
        self.store = try await StoreFixture.open(
            try StoreFixture.memory(),
            StoreFixture.configuration(segmentBytesMax: 64 << 20)
        )
    }

    @Test("a file of several chunks is stored by its manifest, chunks apart from other blobs")
    func file() async throws {
        var random = SplitMix64(seed: 1)
        let chunks = [random.bytes(Limits.chunkBytes), random.bytes(100)]
        let addresses = try await self.store.put(chunks).addresses
        let content = chunks[0] + chunks[1]
        let manifest = try Manifest(content: SHA256.digest(content), size: UInt64(content.count), chunks: addresses)
        let address = try await self.store.put(manifest: manifest)
        #expect(address == SHA256.digest(manifest.encoded()))
        #expect(try await self.store.manifest(address) == manifest)
        #expect(try await self.store.missing(closureOf: [address]).isEmpty)
        let stored = self.store.statistics().storedBytesCount
        #expect(stored[.bulk] ?? 0 > UInt64(Limits.chunkBytes) && stored[.small] ?? 0 < 1_000)
        try await self.store.close()
    }

    @Test("a manifest whose chunks are missing is refused; one from a peer counts with what it names")
    func missing() async throws {
        let chunks = (0..<3).map { SHA256.digest([UInt8($0)]) }
        let manifest = try Manifest(content: .zero, size: UInt64(2 * Limits.chunkBytes + 1), chunks: chunks)
        let error = await #expect(throws: StoreError.self) { _ = try await self.store.put(manifest: manifest) }
        #expect(error?.code == .invalid && error?.address == chunks[0])
        let encoded = manifest.encoded()
        let address = SHA256.digest(encoded)
        try await self.store.put(stored: [
            StoredBlob(address: address, kind: .manifest, codec: .raw, rawBytesCount: encoded.count, bytes: encoded)
        ])
        _ = try await self.store.put([[1]])
        let other = SHA256.digest([77])
        #expect(
            try await self.store.missing(closureOf: [other, address, other, chunks[1]]) == [
                other, chunks[0], chunks[2],
            ]
        )
        try await self.store.close()
    }

    @Test("bytes stored as a blob first become a manifest when they are put as one")
    func upgrade() async throws {
        let chunks = [SHA256.digest([0]), SHA256.digest([1])]
        let manifest = try Manifest(content: .zero, size: UInt64(Limits.chunkBytes + 1), chunks: chunks)
        let address = try await self.store.put([manifest.encoded()]).addresses[0]
        #expect(try await self.store.missing(closureOf: [address]).isEmpty)
        _ = try await self.store.put([[0], [1]])
        #expect(try await self.store.put(manifest: manifest) == address)
        #expect(try await self.store.readStored([address], bytesMax: 1_000).map(\.kind) == [.manifest])
        #expect(self.store.statistics().blobCount == 3)
        try await self.store.close()
    }

    @Test("a manifest over the blob limit becomes a level-1 manifest and is resolved again")
    func levelOne() async throws {
        let chunk = try await self.store.put([[7]]).addresses[0]
        let count = Limits.blobBytesMax / Digest.byteCount + 10
        let manifest = try Manifest(
            content: SHA256.digest([1]),
            size: UInt64(count) * UInt64(Limits.chunkBytes),
            chunks: [BlobAddress](repeating: chunk, count: count)
        )
        let address = try await self.store.put(manifest: manifest)
        #expect(try await self.store.manifest(address) == manifest)
        #expect(try Manifest(decoding: try await self.store.read(address)).level == 1)
        #expect(try await self.store.missing(closureOf: [address]).isEmpty)
        try await self.store.close()
    }

    @Test("a blob that is no manifest is an error")
    func noManifest() async throws {
        let address = try await self.store.put([[1, 2, 3]]).addresses[0]
        let error = await #expect(throws: StoreError.self) { _ = try await self.store.manifest(address) }
        #expect(error?.code == .invalid && error?.address == address)
        try await self.store.close()
    }
}
