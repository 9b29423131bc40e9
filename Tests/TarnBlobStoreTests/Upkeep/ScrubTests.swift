import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Scrub")
struct ScrubTests {
    private let storage: FaultyStorage
    private let clock = TestClock()
    private let store: BlobStore
    private let blobs: [[UInt8]]
    private let chain: [LogEntry]

    init() async throws {
        self.storage = FaultyStorage(image: try StoreFixture.memory())
        self.store = try await CollectionFixture.open(self.storage, self.clock)
        var random = SplitMix64(seed: 2)
        self.blobs = (0..<30).map { $0.isMultiple(of: 2) ? random.bytes(1_400) : StoreFixture.text($0, count: 2_000) }
        self.chain = try StoreFixture.chain(6)
        for blob in self.blobs { _ = try await self.store.put([blob]) }
        for entry in self.chain { try await self.store.append([.entry(entry)], stored: []) }
    }

    /// A whole pass in steps of `bytesMax`.
    private func pass(_ store: BlobStore, bytesMax: Int = 3_000) async throws -> (steps: Int, damages: [StoreDamage]) {
        var steps = 0
        var damages: [StoreDamage] = []
        var position: ScrubPosition? = .start
        while let current = position {
            let step = try await store.scrub(at: current, bytesMax: bytesMax)
            steps += 1
            damages += step.damages
            #expect(step.next.map { $0 > current } ?? true)
            position = step.next
        }
        return (steps, damages)
    }

    private func place(of bytes: [UInt8]) throws -> (path: String, offset: Int) {
        for path in self.storage.paths {
            if let range = self.storage.content(of: path)?.firstRange(of: bytes) { return (path, range.lowerBound) }
        }
        throw StoreError(.notFound, "not on the disk")
    }

    @Test("a healthy store is read once from end to end, in steps that keep to their bytes")
    func healthy() async throws {
        let (steps, damages) = try await self.pass(self.store)
        #expect(damages.isEmpty && steps > 10)
        var bytes: UInt64 = 0
        var position: ScrubPosition? = .start
        while let current = position {
            let step = try await self.store.scrub(at: current, bytesMax: 5_000)
            #expect(step.bytesCount <= 5_000)
            bytes += step.bytesCount
            position = step.next
        }
        #expect(bytes == self.store.scrubBytesCount)
        try await self.store.close()
    }

    @Test("a flipped bit in any record is found and named", arguments: 0..<40 as Range<UInt64>)
    func flip(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let index = random.below(15) * 2
        let (path, offset) = try self.place(of: self.blobs[index])
        self.storage.flip(bit: offset * 8 + random.below(1_400 * 8), of: path)
        let damages = try await self.pass(self.store).damages
        #expect(damages.count == 1, "seed \(seed)")
        guard case .blob(let address?, _) = damages.first?.subject else {
            Issue.record("seed \(seed): \(damages)")
            return
        }
        let expected = SHA256.digest(self.blobs[index])
        #expect(address == expected && self.store.contains([expected]) == [false], "seed \(seed)")
        #expect(self.store.damaged(among: [expected, SHA256.digest(self.blobs[1])]) == [expected])
        _ = try await self.store.put([self.blobs[index]])
        #expect(try await self.pass(self.store).damages.isEmpty, "seed \(seed)")
        #expect(self.store.damagedCount == 0)
        try await self.store.close()
    }

    @Test("a flipped bit in any byte of a record is found and named, in a segment that is written and a sealed one")
    func everyByte() async throws {
        var random = SplitMix64(seed: 5)
        let base = random.text(300)
        let changed = Array(base.prefix(150)) + Array("another line\n".utf8) + Array(base.dropFirst(150))
        let entry = try StoreFixture.chain(1)[0]
        let storage = FaultyStorage(image: try StoreFixture.memory())
        let store = try await CollectionFixture.open(storage, self.clock)
        _ = try await store.put([base])
        try await store.put(stored: [try CollectionFixture.difference(changed, to: [base])])
        try await store.append([.entry(entry), .acknowledgement(op: Op(0), entry: entry.hash)], stored: [])
        let path = try #require(storage.paths.first { $0.contains("/small/") })
        let expected: [StoreDamage.Subject] = [
            .blob(address: SHA256.digest(base), ordinal: 0), .blob(address: SHA256.digest(changed), ordinal: 1),
            .entry(op: Op(0), hash: entry.hash), .other,
        ]
        for isSealed in [false, true] {
            if isSealed { for _ in 0..<8 { _ = try await store.put([random.bytes(2_000)]) } }
            let rows = try SegmentImage(storage.content(of: path) ?? []).records().prefix(expected.count)
            try #require(rows.map(\.kind) == [.blob, .blob, .entry, .acknowledgement])
            for (row, subject) in zip(rows, expected) {
                for byte in Int(row.offset)..<Int(row.offset + row.bytesCount) {
                    let bit = byte * 8 + random.below(8)
                    storage.flip(bit: bit, of: path)
                    let damages = try await self.pass(store, bytesMax: 1 << 20).damages
                    // What is a difference to a damaged blob cannot be read either.
                    let isNamed = damages.first?.subject == subject
                    #expect(isNamed, "sealed \(isSealed), byte \(byte - Int(row.offset)) of \(row.kind): \(damages)")
                    storage.flip(bit: bit, of: path)
                    #expect(try await self.pass(store, bytesMax: 1 << 20).damages.isEmpty, "byte \(byte)")
                }
            }
        }
        try await store.close()
    }

    @Test("a damaged log entry is named by its op, and healed by writing it again")
    func entry() async throws {
        let body = self.chain[3].body
        let (path, offset) = try self.place(of: self.chain[3].header.encoded())
        self.storage.flip(bit: (offset + 120) * 8, of: path)
        let damages = try await self.pass(self.store).damages
        #expect(damages.map(\.subject) == [.entry(op: Op(3), hash: self.chain[3].hash)])
        try await self.store.append([.entry(self.chain[3])], stored: [])
        #expect(try await self.store.entry(at: Op(3))?.body == body)
        #expect(try await self.pass(self.store).damages.isEmpty)
        // What is left of the damaged one keeps no segment from being compacted.
        for number in 0..<12 { _ = try await self.store.put([StoreFixture.text(900 + number, count: 2_000)]) }
        self.clock.advance(100)
        let report = try await CollectionFixture.collect(self.store, keeping: [], self.clock)
        #expect(report.skipped.isEmpty && report.removedCount > 10, "\(report)")
        for entry in self.chain { #expect(try await self.store.entry(at: entry.header.op) == entry) }
        try await self.store.close()
    }

    @Test("bad sectors are blamed on what lies in them alone")
    func badSector() async throws {
        let (path, offset) = try self.place(of: self.blobs[4])
        self.storage.setPlan(FaultPlan(badSectors: [.init(path: path, range: offset..<offset + 16)]))
        let damages = try await self.pass(self.store, bytesMax: 1 << 20).damages
        #expect(damages.count == 1)
        #expect(self.store.contains([SHA256.digest(self.blobs[4]), SHA256.digest(self.blobs[5])]) == [false, true])
        try await self.store.close()
    }

    @Test("the endless scrub goes on where it was after a restart, and what was damaged is still known")
    func restart() async throws {
        let (path, offset) = try self.place(of: self.blobs[0])
        self.storage.flip(bit: offset * 8, of: path)
        for _ in 0..<4 { _ = try await self.store.scrub(bytesMax: 3_000) }
        let before = try await self.store.scrubState()
        #expect(before.position > .start && before.passBytesCount > 0 && self.store.damagedCount == 1)
        try await self.store.close()
        let again = try await CollectionFixture.open(self.storage.crash(.everything), self.clock)
        #expect(try await again.scrubState() == before)
        #expect(again.contains([SHA256.digest(self.blobs[0])]) == [false] && again.damagedCount == 1)
        var steps = 0
        while try await again.scrub(bytesMax: 3_000).next != nil { steps += 1 }
        self.clock.advance(5)
        #expect(steps > 5 && steps < 40)
        #expect(try await again.scrubState().lastCompletedAt > 0)
        try await again.close()
    }

    @Test("a damaged upkeep file costs nothing but a new beginning", arguments: 0..<30 as Range<UInt64>)
    func upkeepFile(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<4 { _ = try await self.store.scrub(bytesMax: 3_000) }
        self.clock.advance(100)
        _ = try await self.store.collect(LiveSet(), rules: CollectionFixture.rules)
        try await self.store.close()
        let image = self.storage.crash(.everything)
        var bytes = try #require(image.content(of: "/data/upkeep"))
        if random.chance(percent: 50) {
            bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
        } else {
            bytes.removeLast(random.within(1...bytes.count))
        }
        image.setContent(of: "/data/upkeep", to: bytes)
        let again = try await CollectionFixture.open(image, self.clock)
        #expect(try await again.scrubState() == ScrubState(), "seed \(seed)")
        for blob in self.blobs { #expect(try await again.read(SHA256.digest(blob)) == blob, "seed \(seed)") }
        try await again.close()
    }

    @Test("condemned blobs stay condemned over a restart, so that their grace ends")
    func grace() async throws {
        self.clock.advance(100)
        let first = try await self.store.collect(LiveSet(), rules: CollectionFixture.rules)
        #expect(first.condemnedCount == 30 && first.removableCount == 0)
        try await self.store.close()
        let again = try await CollectionFixture.open(self.storage.crash(.everything), self.clock)
        self.clock.advance(11)
        let second = try await again.collect(LiveSet(), rules: CollectionFixture.rules, isDryRun: true)
        #expect(second.removableCount == 30)
        try await again.close()
    }

    @Test("a segment under which the disk failed is emptied, and its space returns")
    func evacuation() async throws {
        let poisoned = self.storage.paths.filter { $0.contains("/small/") }.max() ?? ""
        self.storage.setPlan(FaultPlan(faults: [self.storage.stepCount + 1: .inputOutput]))
        _ = try await self.store.put([StoreFixture.text(500)])
        #expect(self.store.needsEvacuation)
        let report = try await self.store.evacuate()
        #expect(report.removedSegmentCount == 1 && report.skipped.isEmpty && !self.store.needsEvacuation)
        #expect(!self.storage.paths.contains(poisoned))
        for blob in self.blobs { #expect(try await self.store.read(SHA256.digest(blob)) == blob) }
        for entry in self.chain { #expect(try await self.store.entry(at: entry.header.op) == entry) }
        try await self.store.close()
        let again = try await CollectionFixture.open(self.storage.crash(.everything), self.clock)
        for blob in self.blobs { #expect(try await again.read(SHA256.digest(blob)) == blob) }
        for entry in self.chain { #expect(try await again.entry(at: entry.header.op) == entry) }
        try await again.close()
    }
}
