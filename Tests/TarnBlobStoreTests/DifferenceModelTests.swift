import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnStorage
import TarnTestKit
import Testing

/// Random operations on versions of a few texts against a plain dictionary: with restarts, crashes, collections, lost
/// memory of upkeep, damage, scrubs and healing in between.
@Suite("Differences against a model")
struct DifferenceModelTests {
    private struct Run {
        let clock = TestClock()
        var random: SplitMix64
        var storage: FaultyStorage
        var store: BlobStore
        var live: [BlobAddress: [UInt8]] = [:]
        var removedCount = 0
        var differences = 0
        private var wasDamaged = false

        init(seed: UInt64) async throws {
            self.random = SplitMix64(seed: seed)
            self.storage = FaultyStorage(image: try StoreFixture.memory())
            self.store = try await DifferenceFixture.open(self.storage, self.clock, segmentBytesMax: 9 << 10)
        }

        /// A blob that is live, the same for the same seed.
        mutating func any() -> [UInt8] {
            let addresses = self.live.keys.sorted()
            guard !addresses.isEmpty else { return self.random.text(1_500) }
            return self.live[self.random.pick(addresses)] ?? []
        }

        mutating func keep(_ blobs: [[UInt8]]) {
            for blob in blobs { self.live[SHA256.digest(blob)] = blob }
        }

        mutating func step() async throws {
            switch self.random.below(12) {
            case 0:
                let fresh = [self.random.text(self.random.within(200...3_000))]
                _ = try await self.store.put(fresh)
                self.keep(fresh)
            case 1...4:
                let versions = DifferenceFixture.versions(of: self.any(), self.random.within(1...4), &self.random)
                _ = try await self.store.put(versions)
                self.keep(versions)
            case 5: try await self.receive()
            case 6, 7:
                for address in self.live.keys.sorted() where self.random.chance(percent: 15) {
                    self.live[address] = nil
                }
            case 8: try await self.collect()
            case 9: try await self.damageAndHeal()
            default: try await self.restart()
            }
        }

        /// A chain of differences, as a peer sends it.
        private mutating func receive() async throws {
            let base = self.any()
            _ = try await self.store.put([base])
            self.keep([base])
            var chain = [base] + DifferenceFixture.versions(of: base, self.random.within(1...6), &self.random)
            chain = chain.filter { $0.count >= 32 }
            let stored = try zip(chain.dropFirst(), chain).map { try CollectionFixture.difference($0, to: [$1]) }
            try await self.store.put(stored: self.random.shuffled(stored))
            self.keep(chain)
        }

        private mutating func collect() async throws {
            self.clock.advance(UInt32(self.random.within(1...25)))
            var live = LiveSet()
            try await self.store.mark(closureOf: Array(self.live.keys), in: &live)
            let report = try await self.store.collect(live, rules: CollectionFixture.rules)
            // A damaged blob that nobody puts again keeps its segment.
            #expect(report.skipped.isEmpty || self.wasDamaged, "\(report.skipped)")
            self.removedCount += report.removedCount
        }

        private mutating func damageAndHeal() async throws {
            let paths = self.storage.paths.filter { $0.contains("/small/") && $0.hasSuffix(".seg") }
            guard !paths.isEmpty else { return }
            self.wasDamaged = true
            let path = self.random.pick(paths)
            self.storage.flip(bit: self.random.below((self.storage.content(of: path)?.count ?? 1) * 8), of: path)
            // Another batch behind it, so that no damage passes for a torn tail.
            let fresh = self.random.text(100)
            _ = try await self.store.put([fresh])
            self.keep([fresh])
            let named = try await DifferenceFixture.scrub(self.store).compactMap { damage -> BlobAddress? in
                if case .blob(let address, _) = damage.subject { address } else { nil }
            }
            for address in self.live.keys.sorted() where self.store.contains([address]) == [false] {
                #expect(named.contains(address))
            }
            let addresses = self.live.keys.sorted()
            _ = try await self.store.put(addresses.compactMap { self.live[$0] })
            #expect(try await DifferenceFixture.scrub(self.store).allSatisfy { self.isDropped($0) })
        }

        /// Whether the damage is of a blob that nobody wants any more: nothing heals that.
        private func isDropped(_ damage: StoreDamage) -> Bool {
            guard case .blob(let address?, _) = damage.subject else { return false }
            return self.live[address] == nil
        }

        private mutating func restart() async throws {
            if self.random.chance(percent: 50) { try await self.store.close() }
            let loss: FaultPlan.Loss =
                self.random.chance(percent: 50) ? .everything : .random(seed: self.random.next())
            let image = self.storage.crash(loss)
            // What upkeep remembers may be deleted at any time.
            if self.random.chance(percent: 30) { try? image.remove("/data/upkeep") }
            self.storage = FaultyStorage(image: image)
            self.store = try await DifferenceFixture.open(self.storage, self.clock, segmentBytesMax: 9 << 10)
        }

        mutating func check(_ comment: Comment) async throws {
            for (address, raw) in self.live {
                let bytes = try await self.store.read(address)
                #expect(bytes == raw, comment)
            }
            let stored = try await self.store.readStored(Array(self.live.keys), bytesMax: 1 << 24)
            #expect(stored.count == self.live.count, comment)
            self.differences += stored.count { $0.codec == .zstdDelta }
        }
    }

    @Test("holds what the model holds, and finds what is damaged", arguments: 0..<10 as Range<UInt64>)
    func random(seed: UInt64) async throws {
        var run = try await Run(seed: seed)
        for step in 0..<100 {
            try await run.step()
            if step % 10 == 9 { try await run.check("seed \(seed), step \(step)") }
        }
        try await run.check("seed \(seed)")
        #expect(run.differences > 20, "seed \(seed): \(run.differences)")
        try await run.store.close()
    }
}
