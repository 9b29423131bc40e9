internal import Synchronization
internal import TarnCore

/// What this node's log names and its disk does not hold yet, by op: what a status tells and a forecast counts with.
final class Arrears: Sendable {
    private struct State {
        var bytesCounts: [Op: UInt64] = [:]
        var sum: UInt64 = 0
    }

    private let state = Mutex(State())

    var bytesCount: UInt64 { self.state.withLock { $0.sum } }

    /// Notes that `missing` of the blobs that `entry` names are not here. Of a large file that came in part the whole
    /// counts.
    func note(_ entry: LogEntry, missing: [BlobAddress]) {
        guard entry.header.kind == .changeSet, !missing.isEmpty, let set = try? ChangeSet(decoding: entry.body) else {
            return
        }
        let absent = Set(missing)
        var files: Set<BlobAddress> = []
        var bytesCount: UInt64 = 0
        for change in set.changes {
            guard case .put(let file) = change.action, files.insert(file.content).inserted else { continue }
            // A manifest may be here while its chunks are not: they are missing under names that only it knows.
            guard file.manifest != nil || absent.contains(file.content) else { continue }
            bytesCount += file.size
        }
        self.state.withLock { state in
            state.sum -= state.bytesCounts.updateValue(bytesCount, forKey: entry.header.op) ?? 0
            state.sum += bytesCount
        }
    }

    /// The op is whole, or not of the log any more.
    func settle(_ op: Op) {
        self.state.withLock { state in state.sum -= state.bytesCounts.removeValue(forKey: op) ?? 0 }
    }
}
