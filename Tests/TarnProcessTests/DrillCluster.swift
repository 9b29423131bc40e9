import Foundation
import Glibc
import Synchronization
import Testing

/// A cluster whose nodes are started, stopped and broken by the hook script for local processes.
final class DrillCluster: Sendable {
    let cluster: ProcessCluster
    private let hook: String
    private let mounts = Mutex<[String]>([])
    /// Large enough for a drill to begin, whose nodes want half a gigabyte free beyond their reserve.
    private static let diskMegabytes = 1_536

    /// Three datacentres that run and are ready for drills. With `hasLinks`, they reach each other by way of proxies;
    /// with `hasDisks`, each data folder is a file system of its own, where that can be had.
    init(hasLinks: Bool = false, hasDisks: Bool = false) throws {
        self.cluster = try ProcessCluster()
        self.hook = Self.hookPath
        if hasDisks { try self.mountDisks() }
        // A machine that runs other tests beside this one is slow; what counts here is that nothing is lost.
        let wishes = "objectives: {rto_ms: 30000, p99_ms: 20000}\ndrill: {hook: \"\(self.hook)\"}\n"
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: self.cluster.client))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(wishes.utf8))
        try handle.close()
        do {
            if hasLinks { try self.run("links") }
            try self.run("start-all")
            try self.waitForRest()
        } catch {
            self.stop()
            throw error
        }
    }

    static var hookPath: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../ops/drill-hooks/local"
        ).standardizedFileURL.path
    }

    func stop() {
        try? self.run("stop-all")
        for path in self.mounts.withLock({ $0 }) { _ = try? self.cluster.run("/usr/bin/env", ["umount", "-d", path]) }
        self.cluster.stop()
    }

    /// A sparse file under each data folder, which takes no more of the machine's disk than is written to it. Only root
    /// may mount, and not in every container: then the folders stay as they are, and the hook script says so.
    private func mountDisks() throws {
        guard geteuid() == 0 else { return }
        for name in ProcessCluster.names {
            let data = self.cluster.nodeDirectory(name).appendingPathComponent("data").path
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            let image = self.cluster.directory.appendingPathComponent("\(name).ext4").path
            for command in [
                ["truncate", "-s", "\(Self.diskMegabytes)M", image], ["mkfs.ext4", "-q", "-m", "0", image],
                ["mount", "-o", "loop", image, data],
            ] {
                guard try self.cluster.run("/usr/bin/env", command).status == 0 else { return }
            }
            self.mounts.withLock { $0.append(data) }
        }
    }

    /// Calls the hook script, and waits for the script alone: what it starts goes on.
    func run(_ arguments: String...) throws {
        let result = try self.cluster.run(
            "/usr/bin/env",
            ["bash", self.hook] + arguments,
            environment: ["TARN_DRILL_CONFIG": self.cluster.client]
        )
        guard result.status == 0 else {
            throw ProcessCluster.Failure(description: "\(arguments): \(result.output) \(result.errors)")
        }
    }

    /// Waits until a drill may begin.
    func waitForRest() throws {
        var last = ""
        let isReady = try Polling.holds(within: 60, every: Polling.questionSeconds) {
            let result = try self.cluster.tarn(["drill", "preflight"])
            last = result.output + result.errors
            return result.status == 0
        }
        guard isReady else { throw ProcessCluster.Failure(description: "the cluster does not come to rest: \(last)") }
    }

    /// Runs a scenario and returns its report, whatever its verdict.
    func drill(_ scenario: String, hold: String = "500ms", seeds: Int = 0) throws -> [String: Any] {
        let result = try self.cluster.tarn([
            "drill", "run", scenario, "--for", hold, "--calm", "500ms", "--rehearse", "\(seeds)", "--json",
        ])
        guard let report = try? JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any] else {
            throw ProcessCluster.Failure(description: "\(scenario): \(result.status) \(result.errors)")
        }
        return report
    }
}
