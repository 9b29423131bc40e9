import Foundation
import Synchronization

/// Writes small files through the command line tool, one after the other, until it is stopped.
final class BackgroundWriter: Sendable {
    private struct State {
        var isStopped = false
        var written = 0
        var failures: [String] = []
    }

    private let state = Mutex(State())
    private let group = DispatchGroup()

    /// Begins at once. The files are `/workspace/main/written-0` and so on.
    init(_ cluster: ProcessCluster) throws {
        let file = cluster.directory.appendingPathComponent("written")
        try Data("written".utf8).write(to: file)
        DispatchQueue(label: "tests.writer").async(group: self.group) {
            while !self.state.withLock(\.isStopped) {
                let number = self.state.withLock { $0.written + $0.failures.count }
                let result = try? cluster.tarn(["put", file.path, "/workspace/main/written-\(number)"])
                self.state.withLock { state in
                    if result?.status == 0 {
                        state.written += 1
                    } else {
                        state.failures.append(result?.errors ?? "not started")
                    }
                }
            }
        }
    }

    /// Files that were acknowledged, and what the others were refused with.
    func stop() -> (written: Int, failures: [String]) {
        self.state.withLock { $0.isStopped = true }
        self.group.wait()
        return self.state.withLock { ($0.written, $0.failures) }
    }
}
