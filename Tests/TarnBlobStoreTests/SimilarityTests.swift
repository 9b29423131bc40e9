import TarnCore
import TarnTestKit
import Testing

@testable import TarnBlobStore

@Suite("Similar blobs")
struct SimilarityTests {
    private static func features(_ bytes: [UInt8]) -> [UInt32] {
        bytes.withUnsafeBytes { SimilarityFeatures.of($0) }
    }

    private static func candidate(
        _ number: UInt64,
        cost: Int = 10_000,
        depth: Int = 1,
        work: UInt64 = 0
    )
        -> SimilarityIndex.Candidate
    {
        SimilarityIndex.Candidate(
            address: Digest(words: 0, 0, 0, number),
            decodeBytesCount: cost,
            depth: depth,
            work: work
        )
    }

    @Test("fingerprints are those of passages: an edit in the middle keeps most, wherever they move")
    func edit() {
        var random = SplitMix64(seed: 1)
        let text = random.text(20_000)
        let edited = Array("# a new first line\n".utf8) + text[..<10_000] + Array("edited".utf8) + text[10_000...]
        let (before, after) = (Self.features(text), Set(Self.features(edited)))
        #expect(before.count > 40 && before.count <= Limits.featuresMax)
        #expect(before.filter { after.contains($0) }.count >= before.count - 4)
        #expect(Self.features(random.text(20_000)).filter { after.contains($0) }.isEmpty)
        #expect(zip(before, before.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test("what is no text, or too large, has none")
    func none() {
        var random = SplitMix64(seed: 2)
        #expect(Self.features([]).isEmpty)
        #expect(Self.features([UInt8](repeating: 0, count: 10_000)).isEmpty)
        #expect(Self.features(random.text(Limits.similarBlobBytesMax + 1)).isEmpty)
        #expect(!Self.features(random.text(Limits.similarBlobBytesMax)).isEmpty)
        #expect(Self.features([UInt8](repeating: 0x61, count: 1 << 20)).count <= 1)
    }

    @Test("the table finds what was put last under a fingerprint, and forgets the oldest")
    func table() {
        var table = SimilarityTable()
        for number in 1...20 as ClosedRange<UInt32> { table.insert(77, number) }
        var found: [UInt32] = []
        table.forEach(77) { found.append($0) }
        #expect(found == Array((13...20).reversed()))
        table.forEach(78) { _ in Issue.record("nothing was put there") }
    }

    @Test("the table grows without losing anything, up to its limit")
    func growth() {
        var random = SplitMix64(seed: 3)
        var table = SimilarityTable()
        var kept: [UInt32: UInt32] = [:]
        for number in 1...20_000 as ClosedRange<UInt32> {
            let fingerprint = UInt32(truncatingIfNeeded: random.next())
            kept[fingerprint] = number
            table.insert(fingerprint, number)
        }
        var lost = 0
        for (fingerprint, number) in kept {
            var isFound = false
            table.forEach(fingerprint) { if $0 == number { isFound = true } }
            if !isFound { lost += 1 }
        }
        #expect(lost < 500)
    }

    @Test("the base is the one that shares most; another is added when it covers what the first does not")
    func votes() {
        let index = SimilarityIndex()
        let features = (1...40).map { UInt32($0) << 24 }
        let parts: [(UInt64, ArraySlice<UInt32>)] = [
            (1, features[..<20]), (2, features[..<30]), (3, features[30..<38]), (4, features[38...]),
        ]
        for (number, part) in parts {
            #expect(index.offer(Self.candidate(number), rawBytesCount: 10_000, features: Array(part)))
        }
        let found = index.bases(for: features, rawBytesCount: 10_000, work: 0).map(\.address.word3)
        #expect(found == [2, 3])
        #expect(index.bases(for: [5], rawBytesCount: 10_000, work: 0).isEmpty)
        #expect(index.bases(for: [], rawBytesCount: 10_000, work: 0).isEmpty)
    }

    @Test("a blob that is deep or dear to decode is no base, and bases stop where reading would cost too much")
    func cost() {
        let index = SimilarityIndex()
        let features = (1...40).map { UInt32($0) << 24 }
        let deep = Self.candidate(1, depth: Limits.deltaDepthMax)
        #expect(!index.offer(deep, rawBytesCount: 10_000, features: features))
        let dear = Self.candidate(2, cost: 200 << 10)
        #expect(!index.offer(dear, rawBytesCount: 10_000, features: features))
        #expect(
            index.offer(Self.candidate(3, cost: 150 << 10), rawBytesCount: 10_000, features: Array(features[..<20]))
        )
        #expect(
            index.offer(Self.candidate(4, cost: 150 << 10), rawBytesCount: 10_000, features: Array(features[20...]))
        )
        #expect(index.bases(for: features, rawBytesCount: 10_000, work: 0).count == 1)
    }

    @Test("what one thread stores is a base for others only once its records are queued")
    func work() {
        let index = SimilarityIndex()
        let features = (1...10).map { UInt32($0) << 24 }
        let (mine, other) = (index.begin(), index.begin())
        #expect(index.offer(Self.candidate(1, work: mine), rawBytesCount: 10_000, features: features))
        #expect(index.bases(for: features, rawBytesCount: 10_000, work: mine).count == 1)
        #expect(index.bases(for: features, rawBytesCount: 10_000, work: other).isEmpty)
        index.finish(mine)
        #expect(index.bases(for: features, rawBytesCount: 10_000, work: other).count == 1)
    }
}
