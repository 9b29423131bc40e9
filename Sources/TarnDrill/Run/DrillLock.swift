internal import Foundation
internal import TarnStorage

/// Lets one drill at a time run against a cluster from this machine: two that break one thing each may break two at once.
///
/// The kernel gives the lock back when the process ends, however that happens.
package final class DrillLock: Sendable {
    private let lock: any StorageLock

    /// Throws when another drill holds the lock in `folder`, which is made where it is missing, or it cannot be had.
    package init(folder: String) throws(DrillError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw DrillError("cannot make the folder \(folder): \(error.localizedDescription)")
        }
        do throws(StorageError) {
            self.lock = try PosixStorage().lock("\(folder)/lock")
        } catch {
            throw DrillError(
                error.code == .locked
                    ? "another drill of this cluster runs; wait until it has healed what it broke" : "\(error)"
            )
        }
    }
}
