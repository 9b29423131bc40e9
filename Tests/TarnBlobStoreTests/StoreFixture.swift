import Logging
import TarnBlobStore
import TarnCore
import TarnCrypto
import TarnSegment
import TarnStorage
import TarnTestKit

/// Stores for tests: small segments, no timers, no reserve.
enum StoreFixture {
    static let directory = "/data"
    static let clusterID = [UInt8](repeating: 5, count: 16)

    static func configuration(segmentBytesMax: Int = 64 << 10) throws -> BlobStore.Configuration {
        var configuration = BlobStore.Configuration(clusterID: self.clusterID, datacenter: try DatacenterID("dc1"))
        configuration.segmentBytesMax = [.small: segmentBytesMax, .bulk: segmentBytesMax, .meta: segmentBytesMax]
        configuration.growthStepBytes = 8 << 10
        configuration.idleTrimMilliseconds = 3_600_000
        configuration.reserveBytes = 0
        configuration.cacheBytesMax = 0
        configuration.rebuildsSimilarity = false
        return configuration
    }

    static func memory() throws -> MemoryStorage {
        let storage = MemoryStorage()
        try storage.makeDirectory(self.directory)
        return storage
    }

    static func open(
        _ storage: any Storage,
        _ configuration: BlobStore.Configuration? = nil
    ) async throws -> BlobStore {
        try await BlobStore.open(
            directory: self.directory,
            configuration: configuration ?? self.configuration(),
            storage: storage,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Text that compresses, different for each number.
    static func text(_ number: Int, count: Int = 400) -> [UInt8] {
        var bytes: [UInt8] = []
        var line = 0
        while bytes.count < count {
            bytes += Array("display(spark.table('t\(number)').where('c\(line) = \(number)'))\n".utf8)
            line += 1
        }
        return Array(bytes.prefix(count))
    }

    static func address(_ raw: [UInt8]) -> BlobAddress { SHA256.digest(raw) }

    static func entry(op: UInt64, parent: Digest, view: UInt64 = 0, body: [UInt8]? = nil) throws -> LogEntry {
        let body = body ?? self.text(Int(op) + 1_000)
        let header = LogHeader(
            op: Op(op),
            view: View(view),
            kind: .changeSet,
            configurationEpoch: 0,
            timestampMicroseconds: op + 1,
            author: "ada",
            request: try RequestID(client: "test", number: op),
            parent: parent,
            root: .zero,
            body: SHA256.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: 0,
            closureBytesCount: 0
        )
        return LogEntry(header: header, body: body)
    }

    /// Consecutive entries from op 0 on.
    static func chain(_ count: Int, view: UInt64 = 0) throws -> [LogEntry] {
        var entries: [LogEntry] = []
        for op in 0..<UInt64(count) {
            entries.append(
                try self.entry(op: op, parent: entries.last?.header.hash(SHA256.self) ?? .zero, view: view)
            )
        }
        return entries
    }
}

extension LogEntry {
    var hash: Digest { self.header.hash(SHA256.self) }
}

extension MemoryStorage {
    /// Another storage with the same files.
    func copy() -> MemoryStorage {
        let other = MemoryStorage()
        for path in self.paths { other.setContent(of: path, to: self.content(of: path) ?? []) }
        return other
    }

    func flip(bit: Int, of path: String) {
        guard var bytes = self.content(of: path) else { return }
        bytes[bit >> 3] ^= 1 << UInt8(bit & 7)
        self.setContent(of: path, to: bytes)
    }
}

extension SplitMix64 {
    /// Words of text, `count` bytes in all, that resemble nothing else.
    mutating func text(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 20)
        while bytes.count < count {
            for _ in 0..<self.within(2...9) { bytes.append(UInt8(self.within(97...122))) }
            bytes.append(self.chance(percent: 15) ? 10 : 32)
        }
        return Array(bytes.prefix(count))
    }
}
