import Foundation
import Logging
import TarnBlobStore
import TarnCore
import TarnStorage

/// What `ops/bench store` measures in process: verified reads on one core, and opening a store of a million blobs.
///
/// Each command prints one JSON object; the script around it knows what the figures are for.
@main
struct StoreBench {
    private static let usage = """
        tarn-store-bench fill DIR COUNT              stores COUNT small blobs, says so, and waits to be killed
        tarn-store-bench open DIR                    opens such a store
        tarn-store-bench reads DATA CLUSTER DC N     reads N blobs of a node's data folder, each alone, missed and cached
        """

    private static let benchCluster = [UInt8](repeating: 1, count: 16)
    private static let benchDatacenter = "bench"

    static func main() async throws {
        ProcessAllocator.bound()
        let words = CommandLine.arguments.dropFirst()
        switch (words.first, words.count) {
        case ("fill", 3): try await self.fill(words[2], count: self.number(words[3]))
        case ("open", 2): try await self.measureOpening(words[2])
        case ("reads", 5):
            guard let cluster = Hex.decode(words[3].utf8), cluster.count == 16 else {
                throw BenchError("the cluster is named by 32 hex digits")
            }
            let measurement = ReadMeasurement(
                store: try await self.open(words[2], cluster: cluster, datacenter: words[4]),
                wantedCount: try self.number(words[5])
            )
            self.answer(try await measurement.run())
        default: throw BenchError(self.usage)
        }
    }

    private static func number(_ word: String) throws -> Int {
        guard let number = Int(word), number > 0 else { throw BenchError("\(word) is no count") }
        return number
    }

    private static func open(_ directory: String, cluster: [UInt8], datacenter: String) async throws -> BlobStore {
        var configuration = BlobStore.Configuration(clusterID: cluster, datacenter: try DatacenterID(datacenter))
        // What runs in the background would be measured, too.
        configuration.rebuildsSimilarity = false
        return try await BlobStore.open(
            directory: directory,
            configuration: configuration,
            storage: PosixStorage(),
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Stores blobs of 100 bytes that resemble nothing, and waits: the script kills it.
    private static func fill(_ directory: String, count: Int) async throws {
        let store = try await self.open(directory, cluster: self.benchCluster, datacenter: self.benchDatacenter)
        let batch = 10_000
        for start in stride(from: 0, to: count, by: batch) {
            let blobs = (start..<min(count, start + batch)).map { number in
                withUnsafeBytes(of: UInt64(number).littleEndian) { Array($0) } + [UInt8](repeating: 0, count: 92)
            }
            _ = try await store.put(blobs)
        }
        self.answer(["blobs": Double(store.statistics().blobCount)])
        _ = try FileHandle.standardInput.readToEnd()
    }

    private static func measureOpening(_ directory: String) async throws {
        let start = ContinuousClock.now
        let store = try await self.open(directory, cluster: self.benchCluster, datacenter: self.benchDatacenter)
        let seconds = (ContinuousClock.now - start).seconds
        let peak = ProcessMemory.peakBytesCount
        self.answer([
            "seconds": seconds, "peak_bytes": Double(peak), "blobs": Double(store.statistics().blobCount),
            "scanned_segments": Double(store.recovery.scannedCount),
        ])
        try await store.close()
    }

    private static func answer(_ figures: [String: Double]) {
        let fields = figures.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
        FileHandle.standardOutput.write(Data("{\(fields.joined(separator: ", "))}\n".utf8))
    }
}
