import Synchronization
import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@Suite("Blobs that wait for what names them")
struct QueuedBlobTests {
    private let storage: FaultyStorage
    private let store: BlobStore
    private let chain: [LogEntry]

    init() async throws {
        self.storage = FaultyStorage(image: try StoreFixture.memory())
        self.store = try await StoreFixture.open(self.storage, Self.configuration(waitMilliseconds: 3_600_000))
        self.chain = try StoreFixture.chain(3)
        try await self.store.append([.entry(self.chain[0])], stored: [])
    }

    private static func configuration(waitMilliseconds: Int) throws -> BlobStore.Configuration {
        var configuration = try StoreFixture.configuration()
        configuration.queuedMillisecondsMax = waitMilliseconds
        return configuration
    }

    /// Keeps what a refused blob can be stored with.
    private final class Refusals: Sendable {
        private let repetitions = Mutex<[BlobStore.Repetition]>([])

        func add(_ repetition: @escaping BlobStore.Repetition) { self.repetitions.withLock { $0.append(repetition) } }
        var all: [BlobStore.Repetition] { self.repetitions.withLock { $0 } }
    }

    private func enqueue(_ raw: [UInt8], _ refusals: Refusals = Refusals()) async throws -> BlobAddress {
        try await self.store.enqueue(raw) { refusals.add($0) }.address
    }

    /// An entry and its acknowledgement.
    private func records(_ number: Int) -> [BlobStore.LogRecord] {
        let entry = self.chain[number]
        return [.entry(entry), .acknowledgement(op: entry.header.op, entry: entry.hash)]
    }

    @Test("a blob shares batch and synchronization with the entry behind it, and peers have it before")
    func oneBatch() async throws {
        let raw = StoreFixture.text(1)
        let steps = self.storage.stepCount
        let address = try await self.enqueue(raw)
        let writes = self.store.queuedWrites(of: [SHA256.digest([9]), address])
        #expect(writes.map(\.address) == [address] && writes[0].rawBytesCount == raw.count)
        #expect(self.store.contains([address]) == [false] && self.storage.stepCount == steps)
        let sent = try await self.store.readStored([address], bytesMax: 1 << 20)
        #expect(sent.map(\.address) == [address] && sent[0].rawBytesCount == raw.count)
        try await self.store.append(self.records(1), stored: [], after: writes)
        #expect(self.storage.stepCount == steps + 2)
        #expect(try await self.store.read(address) == raw)
        #expect(self.store.queuedWrites(of: [address]).isEmpty && self.store.isAcknowledged(Op(1)))
        #expect(try await self.store.readStored([address], bytesMax: 1 << 20) == sent)
        try await self.store.close()
    }

    @Test("a difference reaches peers as it will be stored")
    func difference() async throws {
        var random = SplitMix64(seed: 3)
        let versions = DifferenceFixture.versions(of: random.text(6_000), 2, &random)
        let store = try await DifferenceFixture.open(try StoreFixture.memory())
        _ = try await store.put([versions[0]])
        let address = try await store.enqueue(versions[1], ifRefused: { _ in }).address
        let queued = try await store.readStored([address], bytesMax: 1 << 20)
        #expect(queued.first?.bases == [SHA256.digest(versions[0])])
        #expect(try await store.put([versions[1]]).newCount == 0)
        #expect(try await store.readStored([address], bytesMax: 1 << 20) == queued)
        #expect(try await store.read(address) == versions[1])
        try await store.close()
    }

    @Test("a blob that nothing names is written all the same: soon, and before the store closes")
    func alone() async throws {
        let storage = try StoreFixture.memory()
        let first = StoreFixture.text(1)
        let hasty = try await StoreFixture.open(storage, Self.configuration(waitMilliseconds: 5))
        let address = try await hasty.enqueue(first, ifRefused: { _ in }).address
        // The second caller waits for the first one's write, which nothing else sets off.
        #expect(try await hasty.put([first]).newCount == 0)
        #expect(hasty.contains([address]) == [true])
        try await hasty.close()
        let last = try await self.enqueue(StoreFixture.text(2))
        try await self.store.close()
        let again = try await StoreFixture.open(self.storage.crash(.everything))
        #expect(again.contains([last]) == [true])
        try await again.close()
    }

    @Test("what is there already is not queued, and what is large is durable at once")
    func sizes() async throws {
        let known = StoreFixture.text(1)
        _ = try await self.store.put([known])
        let again = try await self.store.enqueue(known, ifRefused: { _ in })
        #expect(again.newStoredBytesCount == 0 && self.store.queuedWrites(of: [again.address]).isEmpty)
        var random = SplitMix64(seed: 1)
        let large = random.bytes(Limits.queuedBlobBytesMax + 1)
        let stored = try await self.store.enqueue(large, ifRefused: { _ in })
        #expect(stored.newStoredBytesCount > large.count && self.store.contains([stored.address]) == [true])
        try await self.store.close()
    }

    @Test("nothing is acknowledged behind a blob that could not be written, and the blob can be stored again")
    func refused() async throws {
        let refusals = Refusals()
        let raw = StoreFixture.text(1)
        let address = try await self.enqueue(raw, refusals)
        let writes = self.store.queuedWrites(of: [address])
        self.storage.setPlan(FaultPlan(faults: [self.storage.stepCount: .noSpace]))
        await #expect(throws: StoreError.self) { try await self.store.put([StoreFixture.text(2)]) }
        #expect(refusals.all.count == 1 && self.store.queuedWrites(of: [address]).isEmpty)
        let error = await #expect(throws: StoreError.self) {
            try await self.store.append(self.records(1), stored: [], after: writes)
        }
        #expect(error?.code == .notFound && self.store.log.head == Op(0))
        for repetition in refusals.all { try await repetition() }
        #expect(try await self.store.read(address) == raw)
        try await self.store.append(self.records(1), stored: [])
        #expect(self.store.isAcknowledged(Op(1)))
        try await self.store.close()
    }

    @Test("a full disk refuses a blob before anything can name it")
    func full() async throws {
        var configuration = try StoreFixture.configuration()
        configuration.reserveBytes = 64 << 10
        let storage = FaultyStorage(image: try StoreFixture.memory())
        let store = try await StoreFixture.open(storage, configuration)
        let used = storage.paths.reduce(0) { $0 + (storage.content(of: $1)?.count ?? 0) }
        storage.setCapacity(used + 40_000)
        let error = await #expect(throws: StoreError.self) {
            try await store.enqueue(StoreFixture.text(1), ifRefused: { _ in })
        }
        #expect(error?.code == .noSpace)
        try await store.close()
    }

    @Test("wherever the power goes, an acknowledged entry has its blob")
    func crashes() async throws {
        let blobs = (0..<3).map { StoreFixture.text($0) }
        var step = 0
        while true {
            let storage = FaultyStorage(plan: FaultPlan(faults: [step: .crash]), image: try StoreFixture.memory())
            var promised = 0
            do {
                let store = try await StoreFixture.open(storage)
                for (entry, blob) in zip(self.chain, blobs) {
                    let address = try await store.enqueue(blob, ifRefused: { _ in }).address
                    let op = entry.header.op
                    try await store.append(
                        [.entry(entry), .acknowledgement(op: op, entry: entry.hash)],
                        stored: [],
                        after: store.queuedWrites(of: [address])
                    )
                    promised += 1
                }
                try await store.close()
            } catch {
                // The crash; what was promised before it is what counts.
            }
            let survivor = try await StoreFixture.open(storage.crash(.random(seed: UInt64(step))))
            for (number, (entry, blob)) in zip(self.chain, blobs).enumerated() {
                let isAcknowledged = survivor.isAcknowledged(entry.header.op)
                #expect(isAcknowledged || number >= promised, "step \(step)")
                if isAcknowledged { #expect(try await survivor.read(SHA256.digest(blob)) == blob, "step \(step)") }
            }
            try await survivor.close()
            guard promised < blobs.count || step < 12 else { break }
            step += 1
        }
        #expect(step >= 12, "too few places to crash at")
    }
}
