internal import Foundation
internal import Glibc

/// Lets one drill at a time run against a cluster from this machine: two that break one thing each may break two at once.
///
/// The kernel gives the lock back when the process ends, however that happens.
package final class DrillLock: Sendable {
    private let descriptor: Int32

    /// Throws when another drill holds the lock in `folder`, which is made where it is missing, or it cannot be had.
    package init(folder: String) throws(DrillError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw DrillError("cannot make the folder \(folder): \(error.localizedDescription)")
        }
        let path = "\(folder)/lock"
        // Not for the hook script and what it starts, which outlive the drill.
        self.descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard self.descriptor >= 0 else {
            throw DrillError("cannot open \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(self.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw DrillError("another drill of this cluster runs; wait until it has healed what it broke")
        }
    }

    deinit { if self.descriptor >= 0 { close(self.descriptor) } }
}
