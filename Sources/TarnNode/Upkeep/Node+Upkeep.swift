internal import TarnBlobStore
internal import TarnConsensus
package import TarnCore

/// What this node does for whoever looks after its store.
extension Node: UpkeepService {
    private static let floorDeadlineMilliseconds = 30_000
    private static let floorEntriesMax = 64
    private static let scrubStepBytes = 8 << 20

    package func raiseFloor() async throws -> GarbageFloor {
        try self.checkWritable()
        let present = try await self.collector.floors.current()
        let planner = FloorPlanner(store: self.store, state: self.state)
        let floor = try await planner.floor(
            try await planner.policy(),
            now: WallClock.microseconds(),
            limit: await self.commonPrefix(),
            above: present
        )
        guard try await self.isNews(floor, after: present) else { return present }
        let request = try RequestID(client: "upkeep", number: WallClock.microseconds())
        let op: Op
        switch await self.engine.submit(floor, request: request) {
        case .ordered(let ordered, _), .repeated(let ordered): op = ordered
        case .refused(let reason, _): throw NodeError(.unavailable, "\(reason); nothing was ordered, try again")
        case .unchanged, .forgotten, .rejected:
            throw NodeError(.internalError, "the floor at op \(floor.floor) was not ordered")
        }
        try await self.wait(for: op, deadlineMilliseconds: Self.floorDeadlineMilliseconds)
        return try await self.collector.floors.current()
    }

    package func collect(
        _ wish: CollectionWish,
        progress: @escaping @Sendable (CollectionProgress) -> Void
    ) async throws -> CollectionSummary {
        try await self.collector.collect(wish, isBackground: false, progress: progress)
    }

    package func scrub(progress: @escaping @Sendable (UInt64, UInt64) -> Void) async throws -> ScrubSummary {
        let total = self.store.scrubBytesCount
        var summary = ScrubSummary()
        var position: ScrubPosition? = .start
        progress(0, total)
        while let current = position {
            try Task.checkCancellation()
            let step = try await self.store.scrub(at: current, bytesMax: Self.scrubStepBytes)
            if !step.damages.isEmpty { await self.healer.note(step.damages) }
            summary.bytesCount += step.bytesCount
            summary.unreadableCount += step.damages.count
            progress(min(summary.bytesCount, total), total)
            position = step.next
        }
        try await self.store.noteScrubbed()
        let (healed, damaged) = try await self.healer.heal(looksForAbsent: true)
        summary.healed = healed
        summary.damaged = damaged
        return summary
    }

    /// The op up to which every member holds everything that is named: nobody will ever ask for what older ones drop.
    private func commonPrefix() async -> Op {
        var prefix = await self.ownHead().prefixComplete
        for member in self.addresses where member.datacenter != self.datacenter {
            prefix = min(prefix, self.peers.record(of: member.datacenter).head?.prefixComplete ?? .genesis)
        }
        return prefix
    }

    /// Whether a floor lets something go that the present one keeps. Floors are ops themselves; one that only passes
    /// over another is none.
    private func isNews(_ floor: GarbageFloor, after present: GarbageFloor) async throws -> Bool {
        guard floor.floor > present.floor else { return floor.kept != present.kept }
        let headers = try await self.store.headers(after: present.floor, limit: Self.floorEntriesMax)
        let passed = headers.filter { $0.op <= floor.floor }
        return passed.count == Self.floorEntriesMax || passed.contains { $0.kind != .gcFloor }
            || floor.kept != present.kept
    }
}
