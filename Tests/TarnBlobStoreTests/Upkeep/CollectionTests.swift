import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Garbage collection")
struct CollectionTests {
    private let storage: FaultyStorage
    private let clock = TestClock()
    private let store: BlobStore

    init() async throws {
        self.storage = FaultyStorage(image: try StoreFixture.memory())
        self.store = try await CollectionFixture.open(self.storage, self.clock)
    }

    private func put(_ numbers: Range<Int>, count: Int = 1_500) async throws -> [[UInt8]] {
        var random = SplitMix64(seed: UInt64(numbers.lowerBound))
        let blobs = numbers.map { _ in random.bytes(count) }
        for blob in blobs { _ = try await self.store.put([blob]) }
        return blobs
    }

    @Test("what nothing needs is condemned first and removed later, and its space returns")
    func twoSteps() async throws {
        let blobs = try await self.put(0..<60)
        let kept = blobs.enumerated().filter { $0.offset.isMultiple(of: 6) }.map(\.element)
        let before = self.storage.segmentBytesCount
        self.clock.advance(20)
        var live = LiveSet()
        try await self.store.mark(closureOf: kept.map { SHA256.digest($0) }, in: &live)
        let first = try await self.store.collect(live, rules: CollectionFixture.rules)
        #expect(first.blobCount == 60 && first.liveCount == 10 && first.condemnedCount == 50)
        #expect(first.removableCount == 0 && first.removedCount == 0)
        #expect(self.storage.segmentBytesCount == before)
        self.clock.advance(20)
        let second = try await self.store.collect(live, rules: CollectionFixture.rules)
        // The segment that is being written keeps what it has.
        #expect(second.removableCount == 50 && second.removedCount > 40 && second.skipped.isEmpty)
        #expect(second.freedBytesCount > 60_000)
        #expect(self.storage.segmentBytesCount <= before - Int(second.freedBytesCount))
        for blob in kept { #expect(try await self.store.read(SHA256.digest(blob)) == blob) }
        #expect(self.store.contains([SHA256.digest(blobs[1])]) == [false])
        try await self.store.close()
        let again = try await CollectionFixture.open(self.storage.crash(.everything), self.clock)
        #expect(!again.recovery.hasLosses)
        for blob in kept { #expect(try await again.read(SHA256.digest(blob)) == blob) }
        #expect(again.contains([SHA256.digest(blobs[1])]) == [false])
        try await again.close()
    }

    @Test("a dry run changes nothing and tells what would happen")
    func dryRun() async throws {
        _ = try await self.put(0..<40)
        self.clock.advance(100)
        let steps = self.storage.stepCount
        var rules = CollectionFixture.rules
        let waiting = try await self.store.collect(LiveSet(), rules: rules, isDryRun: true)
        #expect(waiting.condemnedCount == 40 && waiting.removableCount == 0 && waiting.segmentCount == 0)
        rules.graceSeconds = 0
        let report = try await self.store.collect(LiveSet(), rules: rules, isDryRun: true)
        #expect(report.removableCount == 40 && report.segmentCount > 2 && report.bytesToFree > 30_000)
        #expect(report.removedCount == 0 && self.storage.stepCount == steps)
        // Nobody was condemned: the grace begins with the next run.
        let next = try await self.store.collect(LiveSet(), rules: CollectionFixture.rules)
        #expect(next.removableCount == 0)
        try await self.store.close()
    }

    @Test("what is used after the first mark stays, however long the marks take")
    func longMarks() async throws {
        let blobs = try await self.put(0..<40)
        self.clock.advance(1_000)
        let live = self.store.beginMarks()
        self.clock.advance(1_000)
        // A change set that the marks do not know of names it.
        #expect(try await self.store.put([blobs[4]]).newCount == 0)
        self.clock.advance(1_000)
        var rules = CollectionFixture.rules
        rules.graceSeconds = 0
        let report = try await self.store.collect(live, rules: rules)
        #expect(report.recentCount == 1 && report.condemnedCount == 39)
        _ = try await self.store.collect(self.store.beginMarks(), rules: rules)
        #expect(self.store.contains([SHA256.digest(blobs[4])]) == [false])
        try await self.store.close()
    }

    @Test("a blob that was stored or asked for lately stays, and one that is asked for in its grace comes back")
    func revival() async throws {
        let blobs = try await self.put(0..<40)
        #expect(try await self.store.collect(LiveSet(), rules: CollectionFixture.rules).condemnedCount == 0)
        self.clock.advance(20)
        #expect(try await self.store.collect(LiveSet(), rules: CollectionFixture.rules).condemnedCount == 40)
        self.clock.advance(20)
        #expect(self.store.contains([SHA256.digest(blobs[3])]) == [true])
        #expect(try await self.store.put([blobs[4]]).newCount == 0)
        let report = try await self.store.collect(LiveSet(), rules: CollectionFixture.rules)
        #expect(report.recentCount == 2 && report.removedCount > 20)
        for blob in [blobs[3], blobs[4]] { #expect(try await self.store.read(SHA256.digest(blob)) == blob) }
        #expect(self.store.contains([SHA256.digest(blobs[5])]) == [false])
        #expect(try await self.store.put([blobs[5]]).newCount == 1)
        #expect(try await self.store.read(SHA256.digest(blobs[5])) == blobs[5])
        try await self.store.close()
    }

    @Test("what a kept blob is a difference to is kept, directly or not")
    func bases() async throws {
        let base = StoreFixture.text(1, count: 4_000)
        let middle = base + Array("# middle".utf8)
        let top = middle + Array("# top".utf8)
        _ = try await self.store.put([base])
        try await self.store.put(stored: [CollectionFixture.difference(middle, to: [base])])
        _ = try await self.put(0..<20)
        try await self.store.put(stored: [CollectionFixture.difference(top, to: [middle])])
        _ = try await self.put(20..<40)
        let report = try await CollectionFixture.collect(self.store, keeping: [SHA256.digest(top)], self.clock)
        #expect(report.liveCount == 3 && report.removedCount > 30)
        #expect(try await self.store.read(SHA256.digest(top)) == top)
        #expect(try await self.store.verifyAll { _, _ in }.isEmpty)
        try await self.store.close()
        let again = try await CollectionFixture.open(self.storage.crash(.everything), self.clock)
        #expect(try await again.read(SHA256.digest(top)) == top)
        try await again.close()
    }

    @Test("the chunks of a kept manifest are kept, and those of another one go")
    func chunks() async throws {
        var random = SplitMix64(seed: 9)
        var manifests: [(Manifest, BlobAddress)] = []
        for _ in 0..<2 {
            var file: [UInt8] = []
            var chunks: [BlobAddress] = []
            for size in [Limits.chunkBytes, 1_000] {
                let chunk = random.bytes(size)
                file += chunk
                chunks += try await self.store.put([chunk], kind: .chunk).addresses
            }
            let manifest = try Manifest(
                level: 0,
                content: SHA256.digest(file),
                size: UInt64(file.count),
                chunks: chunks
            )
            manifests.append((manifest, try await self.store.put(manifest: manifest)))
        }
        _ = try await self.put(0..<10, count: 2_000)
        let report = try await CollectionFixture.collect(self.store, keeping: [manifests[0].1], self.clock)
        #expect(report.freedBytesCount > UInt64(Limits.chunkBytes))
        #expect(try await self.store.missing(closureOf: [manifests[0].1]).isEmpty)
        #expect(self.store.contains([manifests[1].0.chunks[0]]) == [false])
        try await self.store.close()
    }

    @Test("a segment with a damaged blob that is kept waits until it is healed")
    func damaged() async throws {
        let blobs = try await self.put(0..<30)
        let path = try #require(self.storage.paths.first { $0.hasSuffix("small/00000001.seg") })
        let content = try #require(self.storage.content(of: path))
        let start = try #require(content.firstRange(of: blobs[1])?.lowerBound)
        self.storage.flip(bit: start * 8, of: path)
        let kept = [SHA256.digest(blobs[1])]
        let first = try await CollectionFixture.collect(self.store, keeping: kept, self.clock)
        #expect(first.skipped.contains { $0.segment == 1 })
        #expect(self.storage.paths.contains(path))
        #expect(self.store.contains(kept) == [false])
        #expect(try await self.store.put([blobs[1]]).newCount == 1)
        let second = try await CollectionFixture.collect(self.store, keeping: kept, self.clock)
        #expect(second.skipped.isEmpty && !self.storage.paths.contains(path))
        #expect(try await self.store.read(kept[0]) == blobs[1])
        try await self.store.close()
    }

    @Test("old checkpoints go with the tree nodes that only they need")
    func checkpoints() async throws {
        var random = SplitMix64(seed: 4)
        var nodes: [(Digest, [UInt8])] = []
        let chain = try StoreFixture.chain(12)
        for op in 0..<12 {
            let fresh = (0..<4).map { _ in (random.digest(), random.bytes(900)) }
            nodes += fresh
            let checkpoint = Checkpoint(
                op: Op(UInt64(op)),
                entry: chain[op].hash,
                root: fresh[0].0,
                payload: StoreFixture.text(op)
            )
            try await self.store.writeCheckpoint(checkpoint, nodes: fresh)
        }
        self.clock.advance(100)
        var live = LiveSet()
        let removable = self.store.removableCheckpoints
        #expect(removable.contains(Op(0)) && !removable.contains(Op(11)))
        for op in 0..<12 where op == 2 || !removable.contains(Op(UInt64(op))) {
            self.store.mark(
                checkpoint: Op(UInt64(op)),
                nodes: nodes[(op * 4)..<(op * 4 + 4)].map(\.0),
                in: &live
            )
        }
        let report = try await self.store.collect(live, rules: CollectionFixture.rules)
        #expect(report.freedBytesCount > 10_000 && report.skipped.isEmpty)
        #expect(self.store.checkpoints().map(\.op).filter { removable.contains($0) } == [Op(2)])
        for store in [self.store] {
            #expect(try await store.node(nodes[8].0) == nodes[8].1)
            await #expect(throws: StoreError.self) { _ = try await store.node(nodes[0].0) }
            #expect(try await store.checkpoint(at: Op(11)).payload == StoreFixture.text(11))
        }
        try await self.store.close()
        let again = try await CollectionFixture.open(self.storage.crash(.everything), self.clock)
        #expect(try await again.node(nodes[8].0) == nodes[8].1)
        #expect(try await again.checkpoint(at: Op(2)).root == nodes[8].0)
        #expect(!again.checkpoints().contains { $0.op == Op(1) })
        try await again.close()
    }

    @Test("reads and writes go on while segments are compacted under them")
    func concurrency() async throws {
        let blobs = try await self.put(0..<80)
        let kept = Array(blobs[..<20])
        let store = self.store
        let clock = self.clock
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in 0..<3 {
                group.addTask {
                    for round in 0..<300 {
                        let blob = kept[(round * 7 + reader) % kept.count]
                        let bytes = try await store.read(SHA256.digest(blob))
                        #expect(bytes == blob)
                    }
                }
            }
            group.addTask {
                for number in 0..<100 { _ = try await store.put([StoreFixture.text(number, count: 900)]) }
            }
            group.addTask {
                let written = (0..<100).map { SHA256.digest(StoreFixture.text($0, count: 900)) }
                for _ in 0..<6 {
                    _ = try await CollectionFixture.collect(
                        store,
                        keeping: kept.map { SHA256.digest($0) } + written,
                        clock
                    )
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.verifyAll { _, _ in }.isEmpty)
        try await store.close()
    }
}
