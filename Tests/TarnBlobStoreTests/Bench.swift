import Dispatch
import Foundation
import Glibc
import Logging
import TarnBlobStore
import TarnCore
import TarnStorage
import Testing

func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(
        usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
    ) / 1e6
}

@Suite struct Bench {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["TARN_BENCH"] != nil))
    func bench() async throws {
        let root = ProcessInfo.processInfo.environment["TARN_BENCH"]!
        var files: [[UInt8]] = []
        let e = FileManager.default.enumerator(atPath: root)!
        for case let p as String in e where p.hasSuffix(".py") {
            files.append([UInt8](try Data(contentsOf: URL(fileURLWithPath: root + "/" + p))))
        }
        let one = files
        for copy in 1..<4 where files.count < 70_000 {
            files += one.prefix(70_000 - files.count).map { Array("# copy \(copy)\n".utf8) + $0 }
        }
        let raw = files.reduce(0) { $0 + $1.count }
        print("files", files.count, "raw MB", raw / 1_000_000)
        let dir = "/tmp/bench-store"
        try? FileManager.default.removeItem(atPath: dir)
        try FileManager.default.createDirectory(atPath: dir, withIntermediateDirectories: true)
        var c = BlobStore.Configuration(
            clusterID: [UInt8](repeating: 7, count: 16),
            datacenter: try DatacenterID("dc1")
        )
        c.reserveBytes = 1 << 20
        let store = try await BlobStore.open(
            directory: dir,
            configuration: c,
            storage: PosixStorage(),
            logger: Logger(label: "b")
        )
        let all = files
        let sets = stride(from: 0, to: all.count, by: 2000).map { $0..<min($0 + 2000, all.count) }
        for round in 0..<2 {
            let t0 = DispatchTime.now().uptimeNanoseconds
            let c0 = cpuSeconds()
            var new = 0
            var bytes = 0
            try await withThrowingTaskGroup(of: PutResult.self) { group in
                var it = sets.makeIterator()
                for _ in 0..<8 { if let r = it.next() { group.addTask { try await store.put(Array(all[r])) } } }
                while let x = try await group.next() {
                    new += x.newCount
                    bytes += x.newStoredBytesCount
                    if let r = it.next() { group.addTask { try await store.put(Array(all[r])) } }
                }
            }
            let s = Double(DispatchTime.now().uptimeNanoseconds - t0) / 1e9
            print(
                "round",
                round,
                "s",
                s,
                "MB/s",
                Double(raw) / 1e6 / s,
                "cpu",
                cpuSeconds() - c0,
                "new",
                new,
                "stored MB",
                bytes / 1_000_000
            )
        }
        var t0 = DispatchTime.now().uptimeNanoseconds
        let bad = try await store.verifyAll { _, _ in }
        print("verify s", Double(DispatchTime.now().uptimeNanoseconds - t0) / 1e9, bad.count, store.statistics())
        let addresses = try await store.put(Array(all[0..<2000])).addresses
        t0 = DispatchTime.now().uptimeNanoseconds
        for a in addresses { _ = try await store.read(a) }
        print("cold read us", Double(DispatchTime.now().uptimeNanoseconds - t0) / 1e3 / 2000)
        t0 = DispatchTime.now().uptimeNanoseconds
        for a in addresses { _ = try await store.read(a) }
        print("hot read us", Double(DispatchTime.now().uptimeNanoseconds - t0) / 1e3 / 2000)
        t0 = DispatchTime.now().uptimeNanoseconds
        for i in 0..<200 { _ = try await store.put([Array("small \(i)".utf8)]) }
        print("single put us", Double(DispatchTime.now().uptimeNanoseconds - t0) / 1e3 / 200)
        try await store.close()
        t0 = DispatchTime.now().uptimeNanoseconds
        let again = try await BlobStore.open(
            directory: dir,
            configuration: c,
            storage: PosixStorage(),
            logger: Logger(label: "b")
        )
        print("open ms", Double(DispatchTime.now().uptimeNanoseconds - t0) / 1e6, again.recovery, again.statistics())
        try await again.close()
    }
}
