import Foundation
import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import TarnZstd
import Testing

/// Blobs that are not what they claim to be: from a peer, and in records whose checksums are right.
@Suite("Forged blobs")
struct ForgedBlobTests {
    private static let isLong = ProcessInfo.processInfo.environment["TARN_LONG"] == "1"

    private static func frame(_ raw: [UInt8], _ prefix: [UInt8]? = nil) throws -> [UInt8] {
        var compressor = try ZstdCompressor(level: 3)
        var output = [UInt8](repeating: 0, count: ZstdCompressor.bound(raw.count))
        let count = try raw.withUnsafeBytes { raw in
            try output.withUnsafeMutableBytes { output in
                guard let prefix else { return try compressor.compress(raw, into: output) }
                return try prefix.withUnsafeBytes {
                    try compressor.compress(raw, into: output, reference: .prefix($0))
                }
            }
        }
        return Array(output.prefix(count ?? 0))
    }

    @Test("a raw length that is forged, up or down, is refused and stores nothing", arguments: [-1, 1, 4_000_000])
    func rawLength(change: Int) async throws {
        let store = try await DifferenceFixture.open(try StoreFixture.memory())
        var random = SplitMix64(seed: 1)
        let base = random.text(2_000)
        let raw = DifferenceFixture.edit(base, &random)
        _ = try await store.put([base])
        let honest = try CollectionFixture.difference(raw, to: [base])
        for (codec, bases, bytes) in [
            (StoredBlob.Codec.zstdDelta, honest.bases, honest.bytes), (.zstd, [], try Self.frame(raw)), (.raw, [], raw),
        ] {
            let forged = StoredBlob(
                address: honest.address,
                kind: .blob,
                codec: codec,
                rawBytesCount: raw.count + change,
                bases: bases,
                bytes: bytes
            )
            let error = await #expect(throws: StoreError.self) { try await store.put(stored: [forged]) }
            #expect(error?.code == .invalid && error?.address == honest.address)
            #expect(store.contains([honest.address]) == [false])
        }
        try await store.put(stored: [honest])
        #expect(try await store.read(honest.address) == raw)
        try await store.close()
    }

    @Test("a frame that expands without end is cut off at the length that was claimed")
    func endless() async throws {
        let store = try await DifferenceFixture.open(try StoreFixture.memory())
        let bomb = try Self.frame([UInt8](repeating: 7, count: 64 << 20))
        #expect(bomb.count < 64 << 10)
        let base = StoreFixture.text(1, count: 2_000)
        _ = try await store.put([base])
        for (codec, bases) in [(StoredBlob.Codec.zstd, []), (.zstdDelta, [SHA256.digest(base)])] {
            let forged = StoredBlob(
                address: SHA256.digest([1]),
                kind: .blob,
                codec: codec,
                rawBytesCount: Limits.blobBytesMax,
                bases: bases,
                bytes: bomb
            )
            let error = await #expect(throws: StoreError.self) { try await store.put(stored: [forged]) }
            #expect(error?.code == .invalid)
        }
        try await store.close()
    }

    @Test("bases in a circle, or twice, or too many, are refused")
    func circle() async throws {
        let store = try await DifferenceFixture.open(try StoreFixture.memory())
        var random = SplitMix64(seed: 2)
        let texts = DifferenceFixture.versions(of: random.text(1_000), 5, &random)
        func forged(_ number: Int, bases: [Int]) throws -> StoredBlob {
            StoredBlob(
                address: SHA256.digest(texts[number]),
                kind: .blob,
                codec: .zstdDelta,
                rawBytesCount: texts[number].count,
                bases: bases.map { SHA256.digest(texts[$0]) },
                bytes: try Self.frame(texts[number], bases.flatMap { texts[$0] })
            )
        }
        let sets = try [
            [forged(0, bases: [0])], [forged(0, bases: [1]), forged(1, bases: [0])],
            [forged(0, bases: [1]), forged(1, bases: [2]), forged(2, bases: [0])], [forged(0, bases: [1, 2, 3, 4])],
            [forged(0, bases: [])],
        ]
        for set in sets {
            let error = await #expect(throws: StoreError.self) { try await store.put(stored: set) }
            #expect(error?.code == .invalid || error?.code == .missingBase, "\(String(describing: error))")
        }
        #expect(store.statistics().blobCount == 0)
        try await store.close()
    }

    @Test("a difference that reaches too deep is stored by itself, so that every read stays bounded")
    func deep() async throws {
        let store = try await DifferenceFixture.open(try StoreFixture.memory(), segmentBytesMax: 1 << 20)
        var random = SplitMix64(seed: 3)
        let chain = DifferenceFixture.versions(of: random.text(1_000), 3 * Limits.decodeDepthMax, &random)
        _ = try await store.put([chain[0]])
        let stored = try zip(chain.dropFirst(), chain).map { try CollectionFixture.difference($0, to: [$1]) }
        try await store.put(stored: stored)
        let read = try await store.readStored(chain.map { SHA256.digest($0) }, bytesMax: 1 << 20)
        #expect(read.count == chain.count && DifferenceFixture.shape(read).depth <= Limits.decodeDepthMax)
        for text in chain { #expect(try await store.read(SHA256.digest(text)) == text) }
        try await store.close()
    }

    /// A store whose second segment holds these records, written by somebody who knows the key.
    private static func store(_ fill: (inout RecordRun, SegmentKey) throws -> Void) async throws -> BlobStore {
        let storage = try StoreFixture.memory()
        let store = try await StoreFixture.open(storage)
        _ = try await store.put([StoreFixture.text(1)])
        try await store.close()
        let region = storage.content(of: "/data/segments/small/00000001.seg") ?? []
        let first = try region.withUnsafeBytes { try SegmentHeader(decoding: $0, TestChecksums.self) }
        let header = SegmentHeader(
            number: 2,
            stream: .small,
            clusterID: first.clusterID,
            datacenter: first.datacenter,
            key: first.key
        )
        var run = RecordRun()
        try fill(&run, first.key)
        var batch = BatchBuilder()
        batch.begin()
        for index in run.rows.indices { batch.append(run, at: index) }
        batch.assignOrdinals(from: 5_000)
        let start = SegmentHeader.regionBytesCount
        batch.seal(in: 2, at: start, sequence: 1_000, durableTo: start, key: first.key, TestChecksums.self)
        storage.setContent(
            of: "/data/segments/small/00000002.seg",
            to: header.encoded(TestChecksums.self) + batch.bytes
        )
        return try await DifferenceFixture.open(storage)
    }

    private static func append(
        _ run: inout RecordRun,
        _ key: SegmentKey,
        _ raw: [UInt8],
        rawBytesCount: Int? = nil,
        ordinal: UInt64,
        bases: [UInt64],
        _ stored: [UInt8]
    ) {
        stored.withUnsafeBytes {
            run.append(
                blob: SHA256.digest(raw),
                kind: .blob,
                codec: .zstdDelta,
                rawBytesCount: rawBytesCount ?? raw.count,
                bases: bases,
                ordinal: ordinal,
                stored: $0,
                key: key,
                TestChecksums.self
            )
        }
    }

    private static func expectCorrupt(_ store: BlobStore, _ raw: [UInt8]) async {
        let address = SHA256.digest(raw)
        let error = await #expect(throws: StoreError.self) { _ = try await store.read(address) }
        #expect(error?.code == .corrupt && error?.address == address, "\(String(describing: error))")
        #expect(store.contains([address]) == [false])
    }

    @Test("a chain on the disk that is deeper than any writer makes is refused, and named")
    func deepOnDisk() async throws {
        var random = SplitMix64(seed: 4)
        let chain = DifferenceFixture.versions(of: random.text(600), 2 * Limits.decodeDepthMax, &random)
        let store = try await Self.store { run, key in
            for (number, raw) in chain.enumerated() {
                if number == 0 {
                    raw.withUnsafeBytes {
                        run.append(
                            blob: SHA256.digest(raw),
                            kind: .blob,
                            codec: .raw,
                            rawBytesCount: raw.count,
                            ordinal: 100,
                            stored: $0,
                            key: key,
                            TestChecksums.self
                        )
                    }
                } else {
                    let stored = try Self.frame(raw, chain[number - 1])
                    Self.append(&run, key, raw, ordinal: UInt64(100 + number), bases: [UInt64(99 + number)], stored)
                }
            }
        }
        // The deepest first, so that nothing is in the cache.
        await Self.expectCorrupt(store, chain[chain.count - 1])
        for raw in chain.prefix(Limits.decodeDepthMax) { #expect(try await store.read(SHA256.digest(raw)) == raw) }
        _ = try await store.put([chain[chain.count - 1]])
        #expect(try await store.read(SHA256.digest(chain[chain.count - 1])) == chain[chain.count - 1])
        try await store.close()
    }

    @Test("differences in a circle, to themselves or to nothing are corrupt, and found by verification and scrub")
    func circleOnDisk() async throws {
        var random = SplitMix64(seed: 5)
        let texts = (0..<4).map { _ in random.text(500) }
        let store = try await Self.store { run, key in
            for (number, base) in [101, 100, 102, 4_000].enumerated() {
                let stored = try Self.frame(texts[number], texts[(number + 1) % 4])
                Self.append(&run, key, texts[number], ordinal: UInt64(100 + number), bases: [UInt64(base)], stored)
            }
        }
        let named = Set(try await store.verifyAll { _, _ in }.map(\.0))
        #expect(named == Set(texts.map { SHA256.digest($0) }))
        #expect(try await DifferenceFixture.scrub(store).count == 4)
        for text in texts { await Self.expectCorrupt(store, text) }
        _ = try await store.put(texts)
        for text in texts { #expect(try await store.read(SHA256.digest(text)) == text) }
        #expect(try await DifferenceFixture.scrub(store).isEmpty)
        try await store.close()
    }

    @Test("records with right checksums and changed bytes never decode to anything wrong", arguments: 0..<40)
    func fuzz(part: Int) async throws {
        for round in 0..<(Self.isLong ? 200 : 5) {
            let seed = UInt64(part * 1_000 + round)
            var random = SplitMix64(seed: seed)
            let texts = DifferenceFixture.versions(of: random.text(900), 6, &random)
            let store = try await Self.store { run, key in
                for (number, raw) in texts.enumerated() {
                    let base = texts[max(0, number - 1)]
                    var stored = try Self.frame(raw, base)
                    for _ in 0..<random.below(4) { stored[random.below(stored.count)] = UInt8(random.below(256)) }
                    if random.chance(percent: 10) { stored.removeLast(random.below(stored.count)) }
                    Self.append(
                        &run,
                        key,
                        raw,
                        rawBytesCount: random.chance(percent: 10) ? random.below(5_000) : nil,
                        ordinal: UInt64(100 + number),
                        bases: (0..<random.within(1...Limits.basesMax)).map { _ in UInt64(99 + random.below(8)) },
                        stored
                    )
                }
            }
            for text in texts {
                do {
                    #expect(try await store.read(SHA256.digest(text)) == text, "seed \(seed)")
                } catch let error as StoreError {
                    #expect(error.code == .corrupt || error.code == .notFound, "seed \(seed): \(error)")
                }
            }
            _ = try await store.verifyAll { _, _ in }
            _ = try await store.put(texts)
            for text in texts { #expect(try await store.read(SHA256.digest(text)) == text, "seed \(seed)") }
            try await store.close()
        }
    }

    @Test("a peer's blobs with anything changed are refused or are what they say", arguments: 0..<40)
    func fuzzStored(part: Int) async throws {
        let store = try await DifferenceFixture.open(try StoreFixture.memory(), segmentBytesMax: 1 << 20)
        for round in 0..<(Self.isLong ? 2_000 : 20) {
            let seed = UInt64(part * 10_000 + round)
            var random = SplitMix64(seed: seed)
            let base = random.text(300)
            let raw = DifferenceFixture.edit(base, &random)
            _ = try await store.put([base])
            let honest = try CollectionFixture.difference(raw, to: [base])
            var bytes = honest.bytes
            for _ in 0..<random.below(4) where !bytes.isEmpty {
                switch random.below(3) {
                case 0: bytes[random.below(bytes.count)] = UInt8(random.below(256))
                case 1: bytes.removeLast()
                default: bytes.insert(UInt8(random.below(256)), at: random.below(bytes.count))
                }
            }
            let forged = StoredBlob(
                address: honest.address,
                kind: .blob,
                codec: StoredBlob.Codec(rawValue: UInt8(random.below(4))) ?? .zstdDelta,
                rawBytesCount: random.chance(percent: 80) ? raw.count : random.below(1 << 22),
                bases: random.chance(percent: 80) ? honest.bases : [honest.address],
                bytes: bytes
            )
            do {
                try await store.put(stored: [forged])
                #expect(try await store.read(honest.address) == raw, "seed \(seed)")
            } catch let error as StoreError {
                #expect([.invalid, .missingBase].contains(error.code), "seed \(seed): \(error)")
                #expect(store.contains([honest.address]) == [false], "seed \(seed)")
            }
        }
        #expect(try await store.verifyAll { _, _ in }.isEmpty)
        try await store.close()
    }
}
