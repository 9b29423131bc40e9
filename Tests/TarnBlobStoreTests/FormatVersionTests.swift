import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import Testing

@Suite("Older versions of the format")
struct FormatVersionTests {
    private static func file(_ parts: [(Int, String)], count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        for (offset, text) in parts {
            let part = try #require(Hex.decode(text.filter { !$0.isWhitespace }.utf8))
            bytes.replaceSubrange(offset..<offset + part.count, with: part)
        }
        return bytes
    }

    private static func version1() throws -> (storage: MemoryStorage, configuration: BlobStore.Configuration) {
        let storage = try StoreFixture.memory()
        for folder in ["/data/segments", "/data/segments/small"] { try storage.makeDirectory(folder) }
        let superblock = try self.file(GoldenVersion1.superblock, count: GoldenVersion1.superblockBytesCount)
        storage.setContent(of: "/data/superblock", to: superblock)
        let segment = try self.file(GoldenVersion1.segment, count: GoldenVersion1.segmentBytesCount)
        storage.setContent(of: "/data/segments/small/00000001.seg", to: segment)
        var configuration = try StoreFixture.configuration()
        configuration.clusterID = try #require(Hex.decode(GoldenVersion1.clusterID.utf8))
        return (storage, configuration)
    }

    @Test("a folder of version 1 is read; what is new goes to a segment of its own")
    func version1() async throws {
        let (storage, configuration) = try Self.version1()
        for round in 0..<2 {
            let store = try await StoreFixture.open(storage, configuration)
            #expect(!store.recovery.hasLosses && store.log.head == Op(3))
            for (count, hex) in GoldenVersion1.blobs {
                let address = try #require(Digest(hex: hex))
                let bytes = try await store.read(address)
                #expect(bytes.count == count && SHA256.digest(bytes) == address)
            }
            #expect(try await store.entry(at: Op(2)) != nil)
            #expect(try await store.verifyAll { _, _ in }.isEmpty)
            let fresh = StoreFixture.text(round, count: 5_000)
            let address = try await store.put([fresh]).addresses[0]
            #expect(try await store.read(address) == fresh)
            try await store.close()
        }
        let segments = storage.paths.filter { $0.contains("/small/") }
        #expect(segments.count == 2)
        let first = try #require(storage.content(of: segments[0]))
        let original = try Self.file(GoldenVersion1.segment, count: GoldenVersion1.segmentBytesCount)
        #expect(first.starts(with: original))
    }
}
