import Glibc
import Logging
import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Store on the machine's file system")
struct PosixStoreTests {
    @Test("what was put and logged is there after a restart, in files of its own, and the folder is locked meanwhile")
    func restart() async throws {
        var template = Array("/tmp/tarn-store-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { Self.removeTree(directory) }
        var random = SplitMix64(seed: 1)
        let blobs = (0..<30).map { $0.isMultiple(of: 3) ? random.bytes(9_000) : StoreFixture.text($0, count: 9_000) }
        let chain = try StoreFixture.chain(3)
        let configuration = try StoreFixture.configuration()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        func open() async throws -> BlobStore {
            try await BlobStore.open(
                directory: directory,
                configuration: configuration,
                storage: PosixStorage(),
                logger: logger
            )
        }
        var store = try await open()
        let second = await #expect(throws: StoreError.self) { _ = try await open() }
        #expect(second?.code == .wrongStore)
        for blob in blobs { _ = try await store.put([blob]) }
        try await store.append(chain.map { .entry($0) }, stored: [])
        try await store.close()
        store = try await open()
        #expect(!store.recovery.hasLosses && store.statistics().segmentCount[.small] ?? 0 > 1)
        for blob in blobs {
            let bytes = try await store.read(SHA256.digest(blob))
            #expect(bytes == blob)
        }
        #expect(try await store.entries(after: Op(0), bytesMax: 1 << 20) == Array(chain[1...]))
        #expect(try await store.verifyAll { _, _ in }.isEmpty)
        #expect(store.freeBytesCount > 0)
        try await store.close()
    }

    private static func removeTree(_ directory: String) {
        let storage = PosixStorage()
        for listing in (try? storage.list(directory)) ?? [] {
            let path = "\(directory)/\(listing.name)"
            if listing.isDirectory { self.removeTree(path) } else { try? storage.remove(path) }
        }
        rmdir(directory)
    }
}
