internal import Foundation
internal import Glibc

/// What the operating system says about this process.
struct ProcessFigures: Sendable {
    let residentBytesCount: UInt64
    let cpuSeconds: Double
    let openFileCount: Int

    /// Looks it up: three reads of `/proc`, which touch no disk.
    static func now() -> ProcessFigures {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        let seconds = [usage.ru_utime, usage.ru_stime].reduce(0.0) {
            $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000
        }
        let pages = FileManager.default.contents(atPath: "/proc/self/statm").map { String(decoding: $0, as: UTF8.self) }
        let resident = pages?.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        return ProcessFigures(
            residentBytesCount: resident * UInt64(sysconf(Int32(_SC_PAGESIZE))),
            cpuSeconds: seconds,
            openFileCount: files
        )
    }
}
