import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Encryption at rest")
struct EncryptionTests {
    private static let hex = String(repeating: "0123456789abcdef", count: 4)

    private static func key(_ hex: String = hex) throws -> StorageKey { try StorageKey(hex: hex) }

    private static func open(_ storage: any Storage, key: StorageKey?) async throws -> BlobStore {
        try await StoreFixture.open(
            SealedStorage(storage, key: key),
            StoreFixture.configuration(segmentBytesMax: 48 << 10)
        )
    }

    @Test("what is stored cannot be found on the disk, and reads back with the key")
    func secrecy() async throws {
        let storage = FaultyStorage(image: try StoreFixture.memory())
        var store = try await Self.open(storage, key: Self.key())
        var random = SplitMix64(seed: 1)
        let blobs = (0..<40).map { _ in random.bytes(random.within(10...6_000)) }
        for blob in blobs { _ = try await store.put([blob]) }
        let entry = try StoreFixture.entry(op: 0, parent: .zero)
        try await store.append([.entry(entry)], stored: [])
        try await store.close()
        for path in storage.paths {
            let content = try #require(storage.content(of: path))
            for blob in blobs {
                #expect(content.firstRange(of: blob.prefix(32)) == nil, "\(path)")
                #expect(content.firstRange(of: SHA256.digest(blob).bytes) == nil, "\(path)")
            }
            #expect(content.firstRange(of: entry.hash.bytes) == nil)
        }
        let image = storage.crash(.everything)
        store = try await Self.open(image, key: Self.key())
        #expect(!store.recovery.hasLosses)
        for blob in blobs { #expect(try await store.read(SHA256.digest(blob)) == blob) }
        #expect(try await store.entry(at: Op(0)) == entry)
        try await store.close()
    }

    @Test("without the key, or with another, the store does not open and nothing is touched", arguments: [false, true])
    func wrongKey(hasOther: Bool) async throws {
        let image = try StoreFixture.memory()
        let store = try await Self.open(image, key: Self.key())
        _ = try await store.put([StoreFixture.text(1)])
        try await store.close()
        let before = Dictionary(uniqueKeysWithValues: image.paths.map { ($0, image.content(of: $0)) })
        let other = hasOther ? try Self.key(String(repeating: "f", count: 64)) : nil
        let error = await #expect(throws: StorageError.self) { try await Self.open(image, key: other).close() }
        #expect(error?.message.contains("encrypted") ?? false)
        for (path, content) in before { #expect(image.content(of: path) == content) }
        try await Self.open(image, key: Self.key()).close()
    }

    @Test("segments from before encryption stay readable, and compaction encrypts them")
    func migration() async throws {
        let image = try StoreFixture.memory()
        var store = try await Self.open(image, key: nil)
        var random = SplitMix64(seed: 5)
        let blobs = (0..<60).map { _ in random.bytes(1_500) }
        for blob in blobs { _ = try await store.put([blob]) }
        try await store.close()
        store = try await Self.open(image, key: Self.key())
        for blob in blobs { #expect(try await store.read(SHA256.digest(blob)) == blob) }
        var live = LiveSet()
        let kept = blobs.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
        try await store.mark(closureOf: kept.map { SHA256.digest($0) }, in: &live)
        var rules = GarbageRules.immediate
        rules.stagedSeconds = 0
        _ = try await store.collect(live, rules: rules)
        for blob in kept { #expect(try await store.read(SHA256.digest(blob)) == blob) }
        try await store.close()
        for path in image.paths where path.hasSuffix(".seg") {
            for blob in blobs { #expect(image.content(of: path)?.firstRange(of: blob.prefix(32)) == nil) }
        }
    }

    @Test("a flipped bit anywhere in a segment is noticed", arguments: 0..<60 as Range<UInt64>)
    func flip(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let image = try StoreFixture.memory()
        var store = try await Self.open(image, key: Self.key())
        let blobs = (0..<12).map { _ in random.bytes(1_200) }
        for blob in blobs { _ = try await store.put([blob]) }
        try await store.close()
        let path = random.pick(image.paths.filter { $0.hasSuffix(".seg") })
        image.flip(bit: random.below((image.content(of: path)?.count ?? 1) * 8), of: path)
        store = try await Self.open(image, key: Self.key())
        var lost = 0
        for blob in blobs {
            do {
                let bytes = try await store.read(SHA256.digest(blob))
                #expect(bytes == blob, "seed \(seed)")
            } catch {
                lost += 1
            }
        }
        // A page holds parts of two records at most here, for every batch begins a page of its own.
        #expect(lost <= 2, "seed \(seed)")
        _ = try await store.put(blobs)
        for blob in blobs { #expect(try await store.read(SHA256.digest(blob)) == blob, "seed \(seed)") }
        try await store.close()
    }

    @Test("a crash at any step keeps what was acknowledged", arguments: 0..<3)
    func crash(part: Int) async throws {
        func work(_ storage: FaultyStorage) async -> [[UInt8]] {
            var kept: [[UInt8]] = []
            var random = SplitMix64(seed: 8)
            guard let store = try? await Self.open(storage, key: Self.key()) else { return [] }
            for _ in 0..<14 {
                let blob = random.bytes(random.within(100...7_000))
                guard (try? await store.put([blob])) != nil else { break }
                kept.append(blob)
            }
            try? await store.close()
            return kept
        }
        let whole = FaultyStorage(image: try StoreFixture.memory())
        #expect(await work(whole).count == 14)
        for step in stride(from: part, to: whole.stepCount, by: 3) {
            for loss in [FaultPlan.Loss.everything, .random(seed: UInt64(step)), .nothing] {
                let storage = FaultyStorage(plan: FaultPlan(faults: [step: .crash]), image: try StoreFixture.memory())
                let kept = await work(storage)
                let store = try await Self.open(storage.crash(loss), key: Self.key())
                #expect(!store.recovery.hasLosses, "step \(step), \(loss)")
                for blob in kept {
                    let bytes = try await store.read(SHA256.digest(blob))
                    #expect(bytes == blob, "step \(step), \(loss)")
                }
                try await store.close()
            }
        }
    }

    @Test(
        "an encrypted file reads as a plain one does, whatever is written and cut",
        arguments: 0..<30 as Range<UInt64>
    )
    func file(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let memory = MemoryStorage()
        try memory.makeDirectory("/segments")
        let storage = SealedStorage(memory, key: try Self.key())
        var file = try storage.open("/segments/x", .create)
        var model: [UInt8] = []
        for _ in 0..<40 {
            switch random.below(5) {
            case 0...2:
                let offset = random.below(model.count + 1)
                let bytes = random.bytes(random.below(10_000))
                try file.write(bytes, at: offset)
                let end = offset + bytes.count
                if end > model.count { model += [UInt8](repeating: 0, count: end - model.count) }
                model.replaceSubrange(offset..<end, with: bytes)
            case 3:
                let count = random.below(model.count + 1)
                try file.truncate(to: count)
                model.removeLast(model.count - count)
            default:
                file = try storage.open("/segments/x", .write)
            }
            #expect(try file.bytesCount() == model.count, "seed \(seed)")
            let start = random.below(model.count + 1)
            let count = random.below(12_000)
            let expected = Array(model[start..<min(model.count, start + count)])
            #expect(try file.read(at: start, count: count) == expected, "seed \(seed)")
        }
    }

    @Test("keys are 64 hex digits", arguments: ["", "12", String(repeating: "g", count: 64), hex + "0"])
    func badKey(text: String) {
        #expect(throws: CryptoError.self) { try StorageKey(hex: text) }
        #expect(throws: Never.self) { try StorageKey(hex: " \(Self.hex)\n") }
    }

    @Test("a cipher opens only what it sealed", arguments: 0..<20 as Range<UInt64>)
    func cipher(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let key = random.bytes(32)
        let nonce = random.bytes(12)
        let authenticated = random.bytes(random.within(1...20))
        let plain = random.bytes(random.within(1...5_000))
        let cipher = try AuthenticatedCipher(key: key)
        var sealed = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: 16)
        try sealed.withUnsafeMutableBytes { sealed in
            try tag.withUnsafeMutableBytes { tag in
                try plain.withUnsafeBytes { plain in
                    try nonce.withUnsafeBytes { nonce in
                        try authenticated.withUnsafeBytes {
                            try cipher.seal(plain, nonce: nonce, authenticating: $0, into: sealed, tag: tag)
                        }
                    }
                }
            }
        }
        func open(_ sealed: [UInt8], _ tag: [UInt8], _ authenticated: [UInt8]) -> [UInt8]? {
            var out = [UInt8](repeating: 0, count: sealed.count)
            let isOpen = out.withUnsafeMutableBytes { out in
                sealed.withUnsafeBytes { sealed in
                    tag.withUnsafeBytes { tag in
                        nonce.withUnsafeBytes { nonce in
                            authenticated.withUnsafeBytes {
                                cipher.open(sealed, nonce: nonce, authenticating: $0, into: out, tag: tag)
                            }
                        }
                    }
                }
            }
            return isOpen ? out : nil
        }
        #expect(open(sealed, tag, authenticated) == plain)
        var damaged = sealed
        damaged[random.below(damaged.count)] ^= 1
        #expect(open(damaged, tag, authenticated) == nil)
        var wrongTag = tag
        wrongTag[random.below(16)] ^= 0x80
        #expect(open(sealed, wrongTag, authenticated) == nil)
        #expect(open(sealed, tag, authenticated + [0]) == nil)
        #expect(open(sealed, tag, authenticated) == plain)
    }

    @Test("a bad sector where a seal could stand hides nothing behind it", arguments: [false, true], [0, 2_048])
    func badSector(hasKey: Bool, offset: Int) async throws {
        let key = hasKey ? try Self.key() : nil
        let image = try StoreFixture.memory()
        var store = try await Self.open(image, key: key)
        let blobs = (0..<40).map { StoreFixture.text($0, count: 4_000) }
        for blob in blobs { _ = try await store.put([blob]) }
        try await store.close()
        let path = try #require(image.paths.first { $0.hasSuffix("small/00000001.seg") })
        // The whole page cannot be read at once, and of its two halves one is good. Without encryption none need be.
        var sectors = [FaultPlan.BadSector(path: path, range: offset..<offset + 512)]
        if !hasKey { sectors = [FaultPlan.BadSector(path: path, range: 0..<4_096)] }
        store = try await Self.open(FaultyStorage(plan: FaultPlan(badSectors: sectors), image: image), key: key)
        for blob in blobs { #expect(try await store.read(SHA256.digest(blob)) == blob) }
        try await store.close()
    }
}
