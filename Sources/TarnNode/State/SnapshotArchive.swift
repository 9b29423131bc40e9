internal import TarnBlobStore
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle

/// Committed states of the past: the nearest checkpoint at or below an op, and the log from there on.
actor SnapshotArchive {
    /// Old states that were asked for lately.
    private static let keptCountMax = 4
    private static let replayBytesMax = 8 << 20

    private let executor = QueueExecutor(label: "tarn.archive")
    private let genesis: Genesis
    private let store: BlobStore
    private let state: CommittedState
    /// Least recently used first.
    private var kept: [Snapshot] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    init(genesis: Genesis, store: BlobStore, state: CommittedState) {
        self.genesis = genesis
        self.store = store
        self.state = state
    }

    /// The state that `selector` names. Throws ``NodeError`` `gone` when it was never committed here or is no longer
    /// kept.
    func snapshot(at selector: SnapshotSelector) async throws -> Snapshot {
        switch selector {
        case .op(let op): return try await self.snapshot(at: op)
        case .root(let root): return try await self.snapshot(withRoot: root)
        case .time(let time): return try await self.snapshot(at: self.op(at: time))
        }
    }

    private func snapshot(at op: Op) async throws -> Snapshot {
        let newest = self.state.newest
        guard op <= newest.op else {
            throw NodeError(.gone, "op \(op) is not committed here yet; the newest is \(newest.op)")
        }
        if let recent = self.state.snapshot(at: op) { return recent }
        if let index = self.kept.firstIndex(where: { $0.op == op }) {
            let found = self.kept.remove(at: index)
            self.kept.append(found)
            return found
        }
        let rebuilt = try await self.rebuild(at: op)
        if self.kept.count == Self.keptCountMax { self.kept.removeFirst() }
        self.kept.append(rebuilt)
        return rebuilt
    }

    private func rebuild(at op: Op) async throws -> Snapshot {
        var line = try await NamespaceLine.load(upTo: op, genesis: self.genesis, store: self.store)
        while line.committedHeader.op < op {
            let entries = try await self.store.entries(after: line.committedHeader.op, bytesMax: Self.replayBytesMax)
            guard !entries.isEmpty else {
                throw NodeError(.gone, "the log no longer holds op \(line.committedHeader.op.next)")
            }
            for entry in entries where entry.header.op <= op { _ = try line.commit(entry) }
        }
        return Snapshot(
            op: op,
            timestampMicroseconds: line.committedHeader.timestampMicroseconds,
            tree: line.committed.tree
        )
    }

    /// Searches the log backwards, a page at a time, for the newest op with this root.
    private func snapshot(withRoot root: Digest) async throws -> Snapshot {
        var end = self.state.newest.op.number + 1
        while end > 0 {
            let start = end > 1_000 ? end - 1_000 : 0
            for header in try await self.headers(from: start, to: end).reversed() where header.root == root {
                return try await self.snapshot(at: header.op)
            }
            end = start
        }
        throw NodeError(.gone, "no kept op has root \(root)")
    }

    /// The last op at or before `time`: times increase along the log, so halving finds it.
    private func op(at time: Timestamp) async throws -> Op {
        var low: UInt64 = 0
        var high = self.state.newest.op.number
        guard let first = try await self.headers(from: 0, to: 1).first, first.timestampMicroseconds <= time.microseconds
        else {
            throw NodeError(.gone, "nothing was committed at or before \(time)")
        }
        while low < high {
            let middle = low + (high - low + 1) / 2
            guard let header = try await self.headers(from: middle, to: middle + 1).first else {
                throw NodeError(.gone, "the log no longer holds op \(middle)")
            }
            if header.timestampMicroseconds <= time.microseconds { low = middle } else { high = middle - 1 }
        }
        return Op(low)
    }

    /// Headers of the ops from `start` up to, not including, `end`.
    private func headers(from start: UInt64, to end: UInt64) async throws -> [LogHeader] {
        var out: [LogHeader] = []
        if start == 0, let genesis = try await self.store.entry(at: .genesis) { out.append(genesis.header) }
        let after = start == 0 ? Op.genesis : Op(start - 1)
        let limit = Int(end - after.number) - 1
        if limit > 0 { out += try await self.store.headers(after: after, limit: limit) }
        return out
    }
}
