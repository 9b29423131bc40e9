import Foundation
import Logging
import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit
import Testing

/// Figures of the store in process, on the tree of files that TARN_BENCH_CORPUS names.
@Suite("Speed", .enabled(if: ProcessInfo.processInfo.environment["TARN_BENCH_CORPUS"] != nil), .serialized)
struct StoreSpeedTests {
    private static let corpus = ProcessInfo.processInfo.environment["TARN_BENCH_CORPUS"] ?? ""
    private static let stageBytes = 4 << 20
    private static let me = __rusage_who_t(RUSAGE_SELF.rawValue)

    private static func files() throws -> [[UInt8]] {
        let root = URL(fileURLWithPath: self.corpus)
        var paths: [String] = []
        if let walk = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil) {
            for case let url as URL in walk where !url.hasDirectoryPath { paths.append(url.path) }
        }
        return try paths.sorted().map { Array(try Data(contentsOf: URL(fileURLWithPath: $0))) }
    }

    private static func measure<Result>(
        _ name: String,
        count: Int,
        bytes: Int,
        _ body: () async throws -> Result
    ) async throws -> Result {
        var before = rusage()
        getrusage(Self.me, &before)
        let clock = ContinuousClock()
        let start = clock.now
        let result = try await body()
        let seconds =
            Double((clock.now - start).components.attoseconds) / 1e18
            + Double((clock.now - start).components.seconds)
        var after = rusage()
        getrusage(Self.me, &after)
        let cpu =
            Double(after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec)
            + Double(
                after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec
            )
            / 1e6
        let rates = "\(Int(Double(count) / seconds)) a second, \(Int(Double(bytes) / seconds / 1e6)) MB/s"
        print("\(name): \(seconds) s wall, \(cpu) s CPU, \(rates), peak \(after.ru_maxrss >> 10) MiB")
        return result
    }

    private static func groups(_ files: [[UInt8]]) -> [[[UInt8]]] {
        var out: [[[UInt8]]] = [[]]
        var bytes = 0
        for file in files {
            if bytes + file.count > self.stageBytes {
                out.append([])
                bytes = 0
            }
            out[out.count - 1].append(file)
            bytes += file.count
        }
        return out
    }

    private static func open(_ directory: String) async throws -> BlobStore {
        let configuration = BlobStore.Configuration(
            clusterID: StoreFixture.clusterID,
            datacenter: try DatacenterID("dc1")
        )
        return try await BlobStore.open(
            directory: directory,
            configuration: configuration,
            storage: PosixStorage(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test("put, read and verify of a corpus")
    func corpus() async throws {
        let files = try Self.files()
        let total = files.reduce(0) { $0 + $1.count }
        let directory = NSTemporaryDirectory() + "tarn-speed-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = try await Self.open(directory)
        let addresses = try await Self.measure("put", count: files.count, bytes: total) {
            try await withThrowingTaskGroup(of: [BlobAddress].self) { group in
                var out: [BlobAddress] = []
                var running = 0
                for part in Self.groups(files) {
                    if running == 8, let done = try await group.next() {
                        out += done
                        running -= 1
                    }
                    group.addTask { try await store.put(part).addresses }
                    running += 1
                }
                while let done = try await group.next() { out += done }
                return out
            }
        }
        let unique = Array(Set(addresses)).sorted()
        print("stored: \(store.statistics().storedBytesCount), \(unique.count) blobs")
        _ = try await Self.measure("put again", count: files.count, bytes: total) {
            for part in Self.groups(files) { _ = try await store.put(part) }
        }
        let bad = try await Self.measure("verify", count: unique.count, bytes: total) {
            try await store.verifyAll { _, _ in }
        }
        #expect(bad.isEmpty)
        try await store.close()
        let again = try await Self.measure("open", count: unique.count, bytes: 0) { try await Self.open(directory) }
        try await Self.reads(again, unique)
        try await again.close()
    }

    private static func reads(_ store: BlobStore, _ addresses: [BlobAddress]) async throws {
        var random = SplitMix64(seed: 1)
        let wanted = random.shuffled(addresses).prefix(20_000)
        var bytes = 0
        try await self.measure("read, mostly misses", count: wanted.count, bytes: 0) {
            for address in wanted { bytes += try await store.read(address).count }
        }
        let hot = Array(wanted.prefix(2_000))
        for address in hot { _ = try await store.read(address) }
        try await self.measure("read, cached", count: 20 * hot.count, bytes: 0) {
            for _ in 0..<20 { for address in hot { bytes += try await store.read(address).count } }
        }
        print("\(bytes) bytes read")
    }
}
