import TarnCore
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

@testable import TarnBlobStore

@Suite("Compacted segments whose header is damaged")
struct LostPlaceTests {
    @Test("the log and the blobs in one count where they did before")
    func damagedHeader() async throws {
        let clock = TestClock()
        let image = try StoreFixture.memory()
        var store = try await CollectionFixture.open(image, clock)
        let entries = try StoreFixture.chain(24)
        var random = SplitMix64(seed: 21)
        for entry in entries {
            // Blobs that nothing needs, so that the segments are worth compacting.
            _ = try await store.put([random.bytes(2_000)])
            try await store.append(
                [.entry(entry), .acknowledgement(op: entry.header.op, entry: entry.hash)],
                stored: []
            )
            guard entry.header.op == Op(4) else { continue }
            // What ends the log there for whoever reads it behind later entries.
            try await store.append([.head(logView: View(0), op: Op(4), entry: entry.hash)], stored: [])
        }
        _ = try await CollectionFixture.collect(store, keeping: [], clock)
        let late = try StoreFixture.entry(op: 24, parent: entries[23].hash)
        try await store.append([.entry(late), .acknowledgement(op: Op(24), entry: late.hash)], stored: [])
        try await store.close()
        let compacted = try image.paths.filter { $0.contains("/small/") && $0.hasSuffix(".seg") }.filter { path in
            let content = try #require(image.content(of: path))
            return try content.withUnsafeBytes {
                try SegmentHeader(decoding: UnsafeRawBufferPointer(rebasing: $0[..<4_096]), Checksums.self).place != nil
            }
        }
        #expect(!compacted.isEmpty)
        for path in compacted {
            var content = try #require(image.content(of: path))
            content.replaceSubrange(0..<4_096, with: random.bytes(4_096))
            image.setContent(of: path, to: content)
        }
        for _ in 0..<2 {
            store = try await CollectionFixture.open(image, clock)
            #expect(store.log.head == Op(24) && store.log.first == .genesis)
            for entry in entries + [late] {
                #expect(try await store.entry(at: entry.header.op) == entry && store.isAcknowledged(entry.header.op))
            }
            try await store.close()
        }
    }
}
