internal import Synchronization
internal import TarnConsensus
internal import TarnCore
internal import TarnCrypto

/// What this node's log names and its disk does not hold yet, by op: what a status tells and a forecast counts with.
final class Arrears: Sendable {
    private struct Figure {
        /// The hash of the entry that it is of: a view change may put another one at its op.
        let entry: Digest
        let bytesCount: UInt64
    }

    private struct State {
        var figures: [Op: Figure] = [:]
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
        let figure = Figure(entry: entry.header.hash(SHA256.self), bytesCount: bytesCount)
        self.state.withLock { state in
            state.sum -= state.figures.updateValue(figure, forKey: entry.header.op)?.bytesCount ?? 0
            state.sum += bytesCount
        }
    }

    /// The entry is whole, or not of the log any more. Another one that stands at its op by now still counts.
    func settle(_ entry: Message.Acknowledgement) {
        self.state.withLock { state in
            guard let figure = state.figures[entry.op], figure.entry == entry.entry else { return }
            state.figures[entry.op] = nil
            state.sum -= figure.bytesCount
        }
    }
}
