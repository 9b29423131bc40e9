import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

/// What tests of differences share: stores that look for similar blobs, and versions of one text.
enum DifferenceFixture {
    static func open(
        _ storage: any Storage,
        _ clock: TestClock = TestClock(),
        segmentBytesMax: Int = 12 << 10
    ) async throws -> BlobStore {
        var configuration = try StoreFixture.configuration(segmentBytesMax: segmentBytesMax)
        configuration.cacheBytesMax = 4 << 20
        configuration.clock = { clock.now }
        return try await StoreFixture.open(storage, configuration)
    }

    /// `text` with one passage replaced.
    static func edit(_ text: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var text = text
        let start = random.below(max(1, text.count - 40))
        text.replaceSubrange(start..<min(text.count, start + 30), with: random.text(random.within(20...60)))
        return text
    }

    /// `count` versions, each an edit of the one before.
    static func versions(of text: [UInt8], _ count: Int, _ random: inout SplitMix64) -> [[UInt8]] {
        var versions: [[UInt8]] = []
        for _ in 0..<count { versions.append(self.edit(versions.last ?? text, &random)) }
        return versions
    }

    /// How many of `blobs` are differences, and how deep the deepest is.
    static func shape(_ blobs: [StoredBlob]) -> (differences: Int, depth: Int) {
        let byAddress = Dictionary(blobs.map { ($0.address, $0) }) { first, _ in first }
        func depth(_ blob: StoredBlob) -> Int {
            1 + (blob.bases.map { byAddress[$0].map(depth) ?? 1 }.max() ?? 0)
        }
        return (blobs.count { $0.codec == .zstdDelta }, blobs.map(depth).max() ?? 0)
    }

    /// Everything damaged that a whole pass finds.
    static func scrub(_ store: BlobStore) async throws -> [StoreDamage] {
        var damages: [StoreDamage] = []
        var position: ScrubPosition? = .start
        while let current = position {
            let step = try await store.scrub(at: current, bytesMax: 64 << 10)
            damages += step.damages
            position = step.next
        }
        return damages
    }
}
