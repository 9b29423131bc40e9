internal import TarnBlobStore
internal import TarnConsensus
internal import TarnCore
internal import TarnMerkle

/// Finds the floor that the retention policy allows at a time.
struct FloorPlanner {
    let store: BlobStore
    let state: CommittedState

    /// The policy in the namespace, or the standard one.
    func policy() async throws -> RetentionPolicy {
        guard let entry = self.state.newest.tree[RetentionDocument.path], !entry.isDirectory else { return .standard }
        guard entry.manifest == nil else {
            throw NodeError(.invalidRequest, "\(RetentionDocument.path) is too large for a retention policy")
        }
        return try RetentionDocument(json: try await self.store.read(entry.content)).policy
    }

    /// The floor at `now` (microseconds), not above `limit`: the op up to which every member holds everything.
    func floor(
        _ policy: RetentionPolicy,
        now: UInt64,
        limit: Op,
        above present: GarbageFloor
    ) async throws -> GarbageFloor {
        let wanted = try await self.last(before: policy.floor(now: now) + 1)
        // What is gone does not come back: a policy that grew applies from now on.
        let floor = max(min(wanted, limit), present.floor)
        var kept: Set<Op> = []
        for moment in policy.dailyMoments(now: now) {
            let op = try await self.last(before: moment)
            guard floor > op && op > .genesis else { continue }
            if present.keeps(op) { kept.insert(op) }
        }
        return try GarbageFloor(floor: floor, kept: kept.sorted())
    }

    /// The last committed op before a time: times increase along the log, so halving finds it.
    private func last(before microseconds: UInt64) async throws -> Op {
        var low: UInt64 = 0
        var high = self.state.head.op.number
        while low < high {
            let middle = low + (high - low + 1) / 2
            guard let header = try await self.store.headers(after: Op(middle - 1), limit: 1).first else {
                throw NodeError(.internalError, "the log does not hold op \(middle)")
            }
            if header.timestampMicroseconds < microseconds { low = middle } else { high = middle - 1 }
        }
        return Op(low)
    }
}
