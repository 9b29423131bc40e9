import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnStorage
import TarnTestKit
import Testing

@Suite("Crashes and damage among differences")
struct DifferenceCrashTests {
    private struct Promises {
        var blobs: [[UInt8]] = []
        var unanswered: [[UInt8]] = []
        var isDone = false
    }

    /// Stores versions of one text, found similar here or sent by a peer, until it is done or the power goes.
    private static func work(_ storage: FaultyStorage) async -> Promises {
        var promises = Promises()
        do {
            let store = try await DifferenceFixture.open(storage)
            var random = SplitMix64(seed: 1)
            var last = random.text(2_500)
            for _ in 0..<6 {
                let found = DifferenceFixture.versions(of: last, 3, &random)
                promises.unanswered = found
                _ = try await store.put(found)
                promises.blobs += found
                let sent = DifferenceFixture.versions(of: found[2], 2, &random)
                promises.unanswered = sent
                let stored = try zip(sent, [found[2], sent[0]]).map {
                    try CollectionFixture.difference($0, to: [$1])
                }
                try await store.put(stored: stored.reversed())
                promises.blobs += sent
                promises.unanswered = []
                last = sent[1]
            }
            try await store.close()
            promises.isDone = true
        } catch {
            // The crash; what was promised before it is what counts.
        }
        return promises
    }

    private static func check(_ promises: Promises, on image: MemoryStorage, _ comment: Comment) async throws {
        let store = try await DifferenceFixture.open(image)
        #expect(!store.recovery.hasLosses, comment)
        for blob in promises.blobs {
            let bytes = try await store.read(SHA256.digest(blob))
            #expect(bytes == blob, comment)
        }
        // Half of a call may be there, but nothing without what it is a difference to.
        for blob in promises.unanswered where store.contains([SHA256.digest(blob)]) == [true] {
            let bytes = try await store.read(SHA256.digest(blob))
            #expect(bytes == blob, comment)
        }
        #expect(try await store.verifyAll { _, _ in }.isEmpty, comment)
        _ = try await store.put(promises.unanswered)
        for blob in promises.unanswered {
            let bytes = try await store.read(SHA256.digest(blob))
            #expect(bytes == blob, comment)
        }
        try await store.close()
    }

    @Test("at every write and synchronization, nothing that was promised depends on what is not there")
    func crash() async throws {
        let whole = FaultyStorage(image: try StoreFixture.memory())
        let promises = await Self.work(whole)
        #expect(promises.isDone)
        let steps = whole.stepCount
        try await Self.check(promises, on: whole.crash(.everything), "no crash")
        #expect(steps > 20)
        for step in 0..<steps {
            for loss in [FaultPlan.Loss.everything, .nothing, .random(seed: UInt64(step))] {
                let storage = FaultyStorage(plan: FaultPlan(faults: [step: .crash]), image: try StoreFixture.memory())
                let promises = await Self.work(storage)
                try await Self.check(promises, on: storage.crash(loss), "step \(step), \(loss)")
            }
        }
    }

    @Test("the workload stores chains")
    func shape() async throws {
        let storage = FaultyStorage(image: try StoreFixture.memory())
        let promises = await Self.work(storage)
        let store = try await DifferenceFixture.open(storage.crash(.everything))
        let stored = try await store.readStored(promises.blobs.map { SHA256.digest($0) }, bytesMax: 1 << 20)
        let (differences, depth) = DifferenceFixture.shape(stored)
        #expect(differences >= 20 && (3...Limits.decodeDepthMax).contains(depth), "\(differences), \(depth)")
        try await store.close()
    }

    @Test(
        "a flipped bit anywhere costs what rests on it and nothing else, and fresh copies heal all of it",
        arguments: 0..<100 as Range<UInt64>
    )
    func flip(seed: UInt64) async throws {
        let whole = FaultyStorage(image: try StoreFixture.memory())
        let blobs = await Self.work(whole).blobs
        let image = whole.crash(.everything)
        var random = SplitMix64(seed: seed)
        let path = random.pick(image.paths)
        let bit = random.below((image.content(of: path)?.count ?? 1) * 8)
        image.flip(bit: bit, of: path)
        let comment: Comment = "seed \(seed): bit \(bit) of \(path)"
        let store = try await DifferenceFixture.open(image)
        var lost = 0
        for blob in blobs {
            let address = SHA256.digest(blob)
            do {
                let bytes = try await store.read(address)
                #expect(bytes == blob, comment)
            } catch let error as StoreError {
                lost += 1
                #expect(error.address == address && (error.code == .corrupt || error.code == .notFound), comment)
                #expect(store.contains([address]) == [false], comment)
            }
        }
        let bad = try await store.verifyAll { _, _ in }
        // A checksum alone may be what is damaged: then everything reads, and the verification says so.
        #expect(lost == 0 || !bad.isEmpty || store.recovery.hasLosses, comment)
        _ = try await store.put(blobs)
        for blob in blobs {
            let bytes = try await store.read(SHA256.digest(blob))
            #expect(bytes == blob, comment)
        }
        #expect(try await store.verifyAll { _, _ in }.isEmpty, comment)
        #expect(try await DifferenceFixture.scrub(store).isEmpty, comment)
        try await store.close()
        let again = try await DifferenceFixture.open(image)
        for blob in blobs {
            let bytes = try await again.read(SHA256.digest(blob))
            #expect(bytes == blob, comment)
        }
        try await again.close()
    }
}
