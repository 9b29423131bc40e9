import TarnBlobStore
import TarnCore

/// Reads notebooks one after the other, each proved against its hash: first such that no cache has, then the same few
/// again and again.
struct ReadMeasurement {
    let store: BlobStore
    let wantedCount: Int

    /// Notebooks that are read again and again: with what they are differences to, they fit a generation of the cache.
    private static let hotCount = 1_000
    private static let hotRounds = 60

    func run() async throws -> [String: Double] {
        var addresses = try await self.addresses()
        guard !addresses.isEmpty else { throw BenchError("there are no blobs to read") }
        // Shuffled by a generator of its own, so that every run reads the same.
        var state: UInt64 = 1
        for index in stride(from: addresses.count - 1, to: 0, by: -1) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            addresses.swapAt(index, Int(state >> 33) % (index + 1))
        }
        let wanted = addresses.prefix(self.wantedCount)
        var bytes = 0
        let misses = try await Self.measure {
            for address in wanted { bytes += try await self.store.read(address).count }
        }
        let hot = wanted.suffix(Self.hotCount)
        for address in hot { _ = try await self.store.read(address) }
        let hits = try await Self.measure {
            for _ in 0..<Self.hotRounds { for address in hot { bytes += try await self.store.read(address).count } }
        }
        try await self.store.close()
        let hitCount = Double(Self.hotRounds * hot.count)
        return [
            "misses_per_second": Double(wanted.count) / misses.wall,
            "misses_per_core_second": Double(wanted.count) / misses.cpu, "hits_per_second": hitCount / hits.wall,
            "hits_per_core_second": hitCount / hits.cpu, "blobs": Double(addresses.count), "bytes": Double(bytes),
            "peak_bytes": Double(ProcessMemory.peakBytesCount),
        ]
    }

    /// What the log names: the blobs of every change set.
    private func addresses() async throws -> [BlobAddress] {
        var found: Set<BlobAddress> = []
        var last = Op(0)
        while true {
            let entries = try await self.store.entries(after: last, bytesMax: 8 << 20)
            guard let end = entries.last else { break }
            for entry in entries where entry.header.kind == .changeSet {
                found.formUnion(try ChangeSet(decoding: entry.body).blobs)
            }
            last = end.header.op
        }
        return found.filter { self.store.rawBytesCount(of: $0) != nil }.sorted()
    }

    private static func measure(_ body: () async throws -> Void) async throws -> (wall: Double, cpu: Double) {
        let (start, used) = (ContinuousClock.now, ProcessMemory.cpuSeconds)
        try await body()
        return ((ContinuousClock.now - start).seconds, ProcessMemory.cpuSeconds - used)
    }
}
