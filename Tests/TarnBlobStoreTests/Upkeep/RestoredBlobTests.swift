import Synchronization
import TarnCore
import TarnSegment
import TarnTestKit
import Testing

@testable import TarnBlobStore

@Suite("Blobs that a failed compaction puts back")
struct RestoredBlobTests {
    private let index = StoreIndex(key: SegmentKey([UInt8](repeating: 3, count: 16)))

    private func row(_ address: Digest, ordinal: UInt64, offset: UInt32) -> IndexRow {
        IndexRow(
            kind: .blob,
            codec: .raw,
            offset: offset,
            bytesCount: 77,
            rawBytesCount: 10,
            ordinal: ordinal,
            fingerprint: self.index.key.fingerprint(of: address)
        )
    }

    @Test("one that was stored anew meanwhile keeps its old ordinal for what is a difference to it")
    func storedAnew() {
        let address = Digest(words: 1, 2, 3, 4)
        let new = self.row(address, ordinal: 9, offset: 4_200)
        self.index.publish([new], segment: 2, stream: .small, base: 0, isNew: true)
        self.index.restore(self.row(address, ordinal: 5, offset: 4_144), segment: 1, since: 7)
        #expect(self.index.slot(at: 5)?.segment == 1 && self.index.slot(at: 5)?.isCondemned ?? false)
        #expect(self.index.slot(of: address)?.ordinal == 9)
        #expect(self.index.statistics(segments: [:]).blobCount == 1)
        // It goes as any other does, and the new one stays.
        self.index.blobs.withLock { $0.remove(5) }
        #expect(self.index.slot(at: 5) == nil && self.index.slot(of: address)?.ordinal == 9)
        #expect(self.index.statistics(segments: [:]).blobCount == 1)
    }

    @Test("one that nobody stored anew is found again")
    func notStoredAnew() {
        let address = Digest(words: 1, 2, 3, 4)
        self.index.restore(self.row(address, ordinal: 5, offset: 4_144), segment: 1, since: 7)
        #expect(self.index.slot(of: address)?.ordinal == 5)
        #expect(self.index.statistics(segments: [:]).blobCount == 1)
    }
}
