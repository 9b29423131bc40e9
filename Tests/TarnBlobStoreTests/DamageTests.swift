import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Damage")
struct DamageTests {
    private let image: MemoryStorage
    private let blobs: [[UInt8]]
    private let chain: [LogEntry]

    init() async throws {
        self.image = try StoreFixture.memory()
        var random = SplitMix64(seed: 1)
        self.blobs = (0..<12).map { $0.isMultiple(of: 2) ? StoreFixture.text($0, count: 900) : random.bytes(700) }
        self.chain = try StoreFixture.chain(4)
        let store = try await StoreFixture.open(self.image, StoreFixture.configuration(segmentBytesMax: 8 << 10))
        for number in 0..<4 {
            _ = try await store.put(Array(self.blobs[(number * 3)..<(number * 3 + 3)]))
            try await store.append(
                [.entry(self.chain[number]), .acknowledgement(op: Op(UInt64(number)), entry: self.chain[number].hash)],
                stored: []
            )
        }
        try await store.close()
    }

    private func open(_ storage: MemoryStorage) async throws -> BlobStore {
        try await StoreFixture.open(storage, StoreFixture.configuration(segmentBytesMax: 8 << 10))
    }

    @Test(
        "a flipped bit anywhere is noticed and named, and everything else reads as before",
        arguments: 0..<300 as Range<UInt64>
    )
    func flip(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let storage = self.image.copy()
        let path = random.pick(storage.paths)
        let bit = random.below((storage.content(of: path)?.count ?? 1) * 8)
        storage.flip(bit: bit, of: path)
        let comment: Comment = "seed \(seed): bit \(bit) of \(path)"
        let store = try await self.open(storage)
        let bad = try await store.verifyAll { _, _ in }
        let named = Set(bad.map(\.0)).union(store.recovery.lostBlobs)
        var lost = 0
        for blob in self.blobs {
            let address = SHA256.digest(blob)
            do {
                let bytes = try await store.read(address)
                #expect(bytes == blob, comment)
            } catch let error as StoreError {
                lost += 1
                #expect(store.contains([address]) == [false], comment)
                #expect(error.address == address && (error.code == .corrupt || error.code == .notFound), comment)
                #expect(named.contains(address) || store.recovery.hasLosses, comment)
            }
        }
        for entry in self.chain {
            if let read = try? await store.entry(at: entry.header.op) {
                #expect(read == entry, comment)
            } else {
                lost += 1
                #expect(named.contains(entry.hash) || store.recovery.hasLosses, comment)
            }
        }
        #expect(lost <= 1, comment)
        #expect(store.superblock.isTrusted, comment)
        for number in 0..<4 as Range<UInt64> where !store.recovery.hasLosses {
            #expect(store.isAcknowledged(Op(number)), comment)
        }
        // A fresh copy heals what was lost.
        _ = try await store.put(self.blobs)
        #expect(store.contains(self.blobs.map { SHA256.digest($0) }).allSatisfy { $0 }, comment)
        try await store.close()
    }

    @Test("a bit flipped in any byte of a record is named at the start, and a fresh copy heals what rests on it")
    func namedAtOpen() async throws {
        var random = SplitMix64(seed: 9)
        let base = random.text(300)
        let changed = Array(base.prefix(150)) + Array("another line\n".utf8) + Array(base.dropFirst(150))
        let image = try StoreFixture.memory()
        let store = try await StoreFixture.open(image)
        _ = try await store.put([base])
        try await store.put(stored: [try CollectionFixture.difference(changed, to: [base])])
        try await store.close()
        let path = try #require(image.paths.first { $0.contains("/small/") })
        let rows = try SegmentImage(image.content(of: path) ?? []).records()
        try #require(rows.map(\.codec) == [.zstd, .zstdDelta])
        for (row, blob) in zip(rows, [base, changed]) {
            for byte in Int(row.offset)..<Int(row.offset + row.bytesCount) {
                let storage = image.copy()
                storage.flip(bit: byte * 8 + random.below(8), of: path)
                let store = try await StoreFixture.open(storage)
                let comment: Comment = "byte \(byte - Int(row.offset)) of \(row.ordinal)"
                #expect(Set(store.recovery.lostBlobs) == [SHA256.digest(blob)], comment)
                #expect(store.contains([SHA256.digest(blob)]) == [false], comment)
                _ = try await store.put([blob])
                for blob in [base, changed] { #expect(try await store.read(SHA256.digest(blob)) == blob, comment) }
                try await store.close()
            }
        }
    }

    @Test("a blob damaged while the store is open is remembered as suspect until a fresh copy is put")
    func suspect() async throws {
        let storage = self.image.copy()
        let store = try await self.open(storage)
        let raw = self.blobs[1]
        let address = SHA256.digest(raw)
        let path = try #require(storage.paths.first { storage.content(of: $0)?.firstRange(of: raw) != nil })
        let start = try #require(storage.content(of: path)?.firstRange(of: raw)?.lowerBound)
        #expect(store.contains([address]) == [true])
        storage.flip(bit: start * 8 + 3, of: path)
        let error = await #expect(throws: StoreError.self) { _ = try await store.read(address) }
        #expect(error?.code == .corrupt && error?.address == address)
        #expect(store.contains([address]) == [false] && store.statistics().suspectCount == 1)
        #expect(try await store.missing(closureOf: [address]) == [address])
        #expect(try await store.readStored([address], bytesMax: 9_999).isEmpty)
        #expect(try await store.put([raw]).newCount == 1)
        #expect(try await store.read(address) == raw)
        #expect(store.contains([address]) == [true] && store.statistics().suspectCount == 0)
        try await store.close()
    }

    @Test("unreadable sectors cost what lies in them and nothing else")
    func badSectors() async throws {
        let storage = self.image.copy()
        let raw = self.blobs[1]
        let path = try #require(storage.paths.first { storage.content(of: $0)?.firstRange(of: raw) != nil })
        let start = try #require(storage.content(of: path)?.firstRange(of: raw)?.lowerBound)
        let plan = FaultPlan(badSectors: [.init(path: path, range: start..<start + 10)])
        let store = try await StoreFixture.open(
            FaultyStorage(plan: plan, image: storage),
            StoreFixture.configuration(segmentBytesMax: 8 << 10)
        )
        let error = await #expect(throws: StoreError.self) { _ = try await store.read(SHA256.digest(raw)) }
        #expect(error?.code == .corrupt)
        for blob in self.blobs where blob != raw {
            let bytes = try await store.read(SHA256.digest(blob))
            #expect(bytes == blob)
        }
        try await store.close()
    }

    @Test("a lost middle is skipped and listed, and what comes after it is served", arguments: 0..<20 as Range<UInt64>)
    func lostMiddle(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let storage = self.image.copy()
        let path = random.pick(storage.paths.filter { $0.hasSuffix(".seg") })
        var bytes = storage.content(of: path) ?? []
        let from = SegmentHeader.regionBytesCount + random.below(bytes.count - SegmentHeader.regionBytesCount)
        for position in from..<min(bytes.count, from + random.within(100...1_500)) { bytes[position] = 0 }
        storage.setContent(of: path, to: bytes)
        let store = try await self.open(storage)
        for blob in self.blobs {
            let bytes = try? await store.read(SHA256.digest(blob))
            #expect(bytes == nil || bytes == blob, "seed \(seed)")
        }
        _ = try await store.put(self.blobs)
        for blob in self.blobs {
            let bytes = try await store.read(SHA256.digest(blob))
            #expect(bytes == blob, "seed \(seed)")
        }
        try await store.close()
        try await self.open(storage).close()
    }

    @Test("a segment of another store is left alone")
    func foreignSegment() async throws {
        let storage = self.image.copy()
        let other = try StoreFixture.memory()
        let store = try await StoreFixture.open(other)
        _ = try await store.put([StoreFixture.text(500)])
        try await store.close()
        let foreign = other.content(of: "/data/segments/small/00000001.seg") ?? []
        storage.setContent(of: "/data/segments/small/00000099.seg", to: foreign)
        let opened = try await self.open(storage)
        #expect(opened.recovery.segments.contains { $0.number == 99 && $0.remark?.contains("another store") ?? false })
        #expect(
            opened.contains([SHA256.digest(StoreFixture.text(500)), SHA256.digest(self.blobs[0])]) == [false, true]
        )
        try await opened.close()
        #expect(storage.content(of: "/data/segments/small/00000099.seg") == foreign)
    }

    @Test("without superblock and headers nothing is found, and nothing is cut")
    func noKey() async throws {
        let storage = self.image.copy()
        var before: [String: [UInt8]] = [:]
        for path in storage.paths {
            for offset in [0, 2_048, 4_096] { storage.flip(bit: (offset + 30) * 8, of: path) }
            if path.hasSuffix(".seg") { before[path] = storage.content(of: path) }
        }
        let store = try await self.open(storage)
        #expect(store.recovery.superblock == .lost && !store.superblock.isTrusted)
        #expect(store.statistics().blobCount == 0)
        _ = try await store.put([[1]])
        try await store.close()
        for (path, bytes) in before { #expect(storage.content(of: path) == bytes) }
    }
}
