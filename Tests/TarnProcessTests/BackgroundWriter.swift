import Foundation
import Synchronization

/// Writes small files through the command line tool, one after the other, until it is stopped.
final class BackgroundWriter: Sendable {
    private struct State {
        var isStopped = false
        var written: [String] = []
        var failures: [String] = []
    }

    private let state = Mutex(State())
    private let group = DispatchGroup()

    /// Begins at once, with the program `tool`. The files are `written-0` and so on, each with the content `written`.
    init(
        _ cluster: ProcessCluster,
        below directory: String = "/workspace/main",
        tool: URL = ProcessCluster.binary
    ) throws {
        let file = cluster.directory.appendingPathComponent("written")
        try Data("written".utf8).write(to: file)
        DispatchQueue(label: "tests.writer").async(group: self.group) {
            while !self.state.withLock(\.isStopped) {
                let name = "written-\(self.state.withLock { $0.written.count + $0.failures.count })"
                let result = try? cluster.run(tool.path, ["put", file.path, "\(directory)/\(name)"])
                self.state.withLock { state in
                    if result?.status == 0 {
                        state.written.append(name)
                    } else {
                        state.failures.append(result?.errors ?? "not started")
                    }
                }
            }
        }
    }

    /// Names of the files that were acknowledged, and what the others were refused with.
    func stop() -> (written: [String], failures: [String]) {
        self.state.withLock { $0.isStopped = true }
        self.group.wait()
        return self.state.withLock { ($0.written, $0.failures) }
    }
}
