import Synchronization
import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import TarnZstd

/// A clock that a test turns.
final class TestClock: Sendable {
    private let seconds = Mutex<UInt32>(1_000_000)

    var now: UInt32 { self.seconds.withLock { $0 } }

    func advance(_ count: UInt32) { self.seconds.withLock { $0 += count } }
}

/// What collection tests share: stores with small segments and a clock, and blobs that are differences.
enum CollectionFixture {
    /// Everything unused for ten seconds is condemned, and goes after ten more.
    static let rules: GarbageRules = {
        var rules = GarbageRules()
        rules.stagedSeconds = 10
        rules.graceSeconds = 10
        rules.deadPercentMin = 1
        return rules
    }()

    static func open(
        _ storage: any Storage,
        _ clock: TestClock,
        segmentBytesMax: Int = 12 << 10
    ) async throws -> BlobStore {
        var configuration = try StoreFixture.configuration(segmentBytesMax: segmentBytesMax)
        configuration.clock = { clock.now }
        return try await StoreFixture.open(storage, configuration)
    }

    /// `raw` as a difference to `bases`.
    static func difference(_ raw: [UInt8], to bases: [[UInt8]], level: Int = 3) throws -> StoredBlob {
        var compressor = try ZstdCompressor(level: level)
        var output = [UInt8](repeating: 0, count: ZstdCompressor.bound(raw.count))
        let count = try bases.flatMap { $0 }.withUnsafeBytes { prefix in
            try raw.withUnsafeBytes { raw in
                try output.withUnsafeMutableBytes { try compressor.compress(raw, into: $0, reference: .prefix(prefix)) }
            }
        }
        return StoredBlob(
            address: SHA256.digest(raw),
            kind: .blob,
            codec: .zstdDelta,
            rawBytesCount: raw.count,
            bases: bases.map { SHA256.digest($0) },
            bytes: Array(output.prefix(count ?? 0))
        )
    }

    /// Condemns what `kept` does not hold, lets the grace pass and removes it.
    static func collect(
        _ store: BlobStore,
        keeping kept: [BlobAddress],
        _ clock: TestClock
    ) async throws -> GarbageReport {
        clock.advance(20)
        var live = LiveSet()
        try await store.mark(closureOf: kept, in: &live)
        _ = try await store.collect(live, rules: self.rules)
        clock.advance(20)
        return try await store.collect(live, rules: self.rules)
    }
}

extension FaultyStorage {
    /// Bytes of all segments.
    var segmentBytesCount: Int {
        self.paths.filter { $0.contains("/segments/") }.reduce(0) { $0 + (self.content(of: $1)?.count ?? 0) }
    }
}
