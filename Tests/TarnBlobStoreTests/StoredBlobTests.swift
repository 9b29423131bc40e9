import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnStorage
import TarnTestKit
import TarnZstd
import Testing

@Suite("Blobs from and for peers")
struct StoredBlobTests {
    private let storage: MemoryStorage
    private let store: BlobStore

    init() async throws {
        self.storage = try StoreFixture.memory()
        self.store = try await StoreFixture.open(self.storage)
    }

    private func encoded(_ raw: [UInt8], reference: ZstdReference) throws -> [UInt8] {
        var compressor = try ZstdCompressor(level: 3)
        var output = [UInt8](repeating: 0, count: ZstdCompressor.bound(raw.count))
        let count = try raw.withUnsafeBytes { raw in
            try output.withUnsafeMutableBytes { try compressor.compress(raw, into: $0, reference: reference) }
        }
        return Array(output.prefix(count ?? 0))
    }

    private func delta(_ raw: [UInt8], bases: [[UInt8]]) throws -> StoredBlob {
        let bytes = try bases.flatMap { $0 }.withUnsafeBytes { try self.encoded(raw, reference: .prefix($0)) }
        return StoredBlob(
            address: SHA256.digest(raw),
            kind: .blob,
            codec: .zstdDelta,
            rawBytesCount: raw.count,
            bases: bases.map { SHA256.digest($0) },
            bytes: bytes
        )
    }

    @Test("blobs travel between stores as they lie on disk")
    func exchange() async throws {
        var random = SplitMix64(seed: 1)
        let blobs = [StoreFixture.text(1), random.bytes(500), [], StoreFixture.text(2, count: 50_000)]
        let addresses = try await self.store.put(blobs).addresses
        let stored = try await self.store.readStored(addresses, bytesMax: 1 << 20)
        #expect(stored.map(\.address) == addresses && stored.map(\.codec) == [.zstd, .raw, .raw, .zstd])
        let otherStorage = try StoreFixture.memory()
        let other = try await StoreFixture.open(otherStorage)
        try await other.put(stored: stored)
        try await other.put(stored: stored)
        for (address, blob) in zip(addresses, blobs) {
            let bytes = try await other.read(address)
            #expect(bytes == blob)
        }
        #expect(try await other.readStored(addresses, bytesMax: 1 << 20) == stored)
        try await other.close()
    }

    @Test("an answer stops before its limit but holds one blob at least, and leaves out what is not here")
    func limits() async throws {
        var random = SplitMix64(seed: 2)
        let addresses = try await self.store.put((0..<5).map { _ in random.bytes(100) }).addresses
        let wanted = [SHA256.digest([9])] + addresses
        #expect(try await self.store.readStored(wanted, bytesMax: 250).map(\.address) == Array(addresses[..<2]))
        #expect(try await self.store.readStored(wanted, bytesMax: 0).map(\.address) == [addresses[0]])
        #expect(try await self.store.readStored([wanted[0]], bytesMax: 100).isEmpty)
        #expect(try await self.store.readStored([], bytesMax: 100).isEmpty)
    }

    @Test("a difference needs its base, which may come later in the same call or be deep")
    func deltas() async throws {
        var raws = [StoreFixture.text(1, count: 5_000)]
        for number in 1..<5 { raws.append(raws[number - 1] + Array("# edit \(number)\n".utf8)) }
        let base = StoredBlob(
            address: SHA256.digest(raws[0]),
            kind: .blob,
            codec: .raw,
            rawBytesCount: 5_000,
            bytes: raws[0]
        )
        let deltas = try (1..<5).map { try self.delta(raws[$0], bases: [raws[$0 - 1]]) }
        let error = await #expect(throws: StoreError.self) { try await self.store.put(stored: [deltas[0]]) }
        #expect(error?.code == .missingBase && error?.address == base.address)
        try await self.store.put(stored: deltas.reversed() + [base])
        for raw in raws {
            let bytes = try await self.store.read(SHA256.digest(raw))
            #expect(bytes == raw)
        }
        let stored = try await self.store.readStored(deltas.map(\.address), bytesMax: 1 << 20)
        #expect(stored == deltas)
        #expect(stored.allSatisfy { $0.bytes.count < 1_000 })
        try await self.store.close()
        let again = try await StoreFixture.open(self.storage)
        #expect(try await again.read(SHA256.digest(raws[4])) == raws[4])
        #expect(try await again.verifyAll { _, _ in }.isEmpty)
        try await again.close()
    }

    @Test("a chain of differences that grows too deep is broken by a whole copy")
    func depth() async throws {
        var raw = StoreFixture.text(1, count: 2_000)
        _ = try await self.store.put([raw])
        for number in 0..<20 {
            let next = raw + Array("#\(number)".utf8)
            try await self.store.put(stored: [try self.delta(next, bases: [raw])])
            #expect(try await self.store.read(SHA256.digest(next)) == next)
            raw = next
        }
    }

    @Test("a difference may have three bases, a dictionary one")
    func references() async throws {
        let bases = (0..<3).map { StoreFixture.text($0, count: 1_000) }
        _ = try await self.store.put(bases)
        let raw = bases[2].prefix(500) + bases[0].suffix(500) + bases[1]
        let delta = try self.delta(Array(raw), bases: bases)
        let dictionary = try ZstdDictionary(bases[0], level: 3)
        let second = Array(bases[0].prefix(300)) + [1, 2, 3]
        let withDictionary = StoredBlob(
            address: SHA256.digest(second),
            kind: .blob,
            codec: .zstdDictionary,
            rawBytesCount: second.count,
            bases: [SHA256.digest(bases[0])],
            bytes: try self.encoded(second, reference: .dictionary(dictionary))
        )
        try await self.store.put(stored: [delta, withDictionary])
        #expect(try await self.store.read(delta.address) == Array(raw))
        #expect(try await self.store.read(withDictionary.address) == second)
    }

    @Test("a damaged base makes what depends on it damaged, and a fresh copy heals both")
    func baseHeals() async throws {
        let base = StoreFixture.text(1, count: 3_000)
        let edited = base + Array("# edited".utf8)
        try await self.store.put(stored: [
            StoredBlob(address: SHA256.digest(base), kind: .blob, codec: .raw, rawBytesCount: 3_000, bytes: base)
        ])
        try await self.store.put(stored: [try self.delta(edited, bases: [base])])
        let path = try #require(self.storage.paths.first { $0.hasSuffix(".seg") })
        let image = self.storage.content(of: path) ?? []
        let start = try #require(image.firstRange(of: base)?.lowerBound)
        var damaged = image
        damaged[start + 7] ^= 4
        try await self.store.close()
        self.storage.setContent(of: path, to: damaged)
        let again = try await StoreFixture.open(self.storage)
        let error = await #expect(throws: StoreError.self) { _ = try await again.read(SHA256.digest(edited)) }
        #expect(error?.code == .corrupt && error?.address == SHA256.digest(edited))
        #expect(again.contains([SHA256.digest(base), SHA256.digest(edited)]) == [false, false])
        _ = try await again.put([base])
        #expect(try await again.read(SHA256.digest(edited)) == edited)
        #expect(again.contains([SHA256.digest(base), SHA256.digest(edited)]) == [true, true])
        try await again.close()
    }

    @Test("what is not what it claims to be is refused and nothing of it stays")
    func invalid() async throws {
        let raw = StoreFixture.text(1)
        let good = SHA256.digest(raw)
        let frame = try self.encoded(raw, reference: .none)
        let bad = [
            StoredBlob(address: SHA256.digest([1]), kind: .blob, codec: .raw, rawBytesCount: 400, bytes: raw),
            StoredBlob(address: good, kind: .blob, codec: .raw, rawBytesCount: 399, bytes: raw),
            StoredBlob(address: good, kind: .blob, codec: .zstd, rawBytesCount: 399, bytes: frame),
            StoredBlob(address: good, kind: .blob, codec: .zstd, rawBytesCount: 401, bytes: frame),
            StoredBlob(address: good, kind: .blob, codec: .zstd, rawBytesCount: Int.max, bytes: frame),
            StoredBlob(address: good, kind: .blob, codec: .zstd, rawBytesCount: -1, bytes: frame),
            StoredBlob(address: good, kind: .blob, codec: .zstd, rawBytesCount: 400, bytes: Array(frame.dropLast())),
            StoredBlob(address: good, kind: .blob, codec: .zstd, rawBytesCount: 400, bases: [good], bytes: frame),
            StoredBlob(address: good, kind: .blob, codec: .zstdDelta, rawBytesCount: 400, bytes: frame),
            StoredBlob(address: good, kind: .blob, codec: .zstdDelta, rawBytesCount: 400, bases: [good], bytes: frame),
            StoredBlob(address: good, kind: .manifest, codec: .zstd, rawBytesCount: 400, bytes: frame),
        ]
        for blob in bad {
            await #expect(throws: StoreError.self) { try await self.store.put(stored: [blob]) }
        }
        #expect(self.store.statistics().blobCount == 0 && self.store.contains([good]) == [false])
        try await self.store.put(stored: [
            StoredBlob(address: good, kind: .blob, codec: .zstd, rawBytesCount: 400, bytes: frame)
        ])
        #expect(try await self.store.read(good) == raw)
    }
}
