internal import TarnConsensus
internal import TarnCore

/// Garbage: the primary orders what is kept of the past, and every member removes the rest from its own disk.
extension Simulation {
    // MARK: Floors

    /// Has the primary order a newer floor, as far as everything below is held by every member.
    mutating func raiseFloor() {
        for index in self.members.indices
        where self.members[index].isRunning(at: self.now) && self.members[index].replica?.isPrimary == true {
            guard self.members[index].replica?.canSubmit == .ready, self.members[index].noopView == nil,
                let next = self.nextFloor(for: index), next != self.members[index].floor
            else { continue }
            self.probes.floors += 1
            let request = SimulatedClient.request("upkeep\(index)", self.now)
            self.order(.gcFloor, body: next.encoded(), blobs: 0, request: request, on: index)
        }
    }

    private mutating func nextFloor(for index: Int) -> GarbageFloor? {
        let (present, commit) = (self.members[index].floor, self.members[index].line.header.op.number)
        var limit = self.members[index].head()?.prefixComplete ?? .genesis
        for seat in 0..<3 where seat != self.members[index].seat {
            limit = min(limit, self.members[index].knownHeads[seat]?.prefixComplete ?? .genesis)
        }
        let wanted = Op(commit - min(commit, UInt64(self.faults.within(0...40))))
        let interval = UInt64(self.faults.within(5...50))
        let floor = max(min(wanted, limit), present.floor)
        var kept: [Op] = []
        for multiple in 1...4 where floor.number > interval * UInt64(multiple) {
            kept.append(Op((floor.number / interval) * interval - interval * UInt64(multiple - 1)))
        }
        return try? GarbageFloor(floor: floor, kept: kept.reversed().filter { $0 < floor && present.keeps($0) })
    }

    // MARK: Collections

    /// Has `index` mark what it needs; what it does about the rest follows later.
    mutating func beginCollection(on index: Int) {
        guard self.members[index].isRunning(at: self.now), self.members[index].collection == nil else { return }
        var floor = self.members[index].floor
        if self.plan.mutant == .collectsAboveFloor {
            floor = (try? GarbageFloor(floor: self.members[index].line.header.op, kept: [])) ?? floor
        }
        guard let marks = self.members[index].marks(above: floor) else { return }
        var collection = SimulatedCollection(
            marks: marks,
            at: self.members[index].disk.clock,
            random: self.faults.fork()
        )
        collection.nextAt = self.now + collection.pause() * self.plan.stepsPerTick
        self.members[index].collection = collection
    }

    /// Does the next step of a collection that is under way.
    mutating func continueCollection(_ index: Int) {
        guard var collection = self.members[index].collection, collection.nextAt <= self.now,
            self.members[index].disk.stalledUntil <= self.now
        else { return }
        let now = self.members[index].disk.clock
        if let judge = collection.judge {
            let piece = collection.pieces.removeLast()
            let looks = self.plan.mutant != .removesRevived
            let removed = self.members[index].disk.blobs.remove(piece, by: judge, looks: looks)
            self.probes.collectedBlobs += removed.count
            self.fold(UInt64(removed.count))
            self.checker.onCollect(removed, by: self.members[index])
        } else {
            self.probes.collections += 1
            let judge = GarbageJudge(
                now: now,
                markedSince: collection.markedAt,
                staged: self.plan.stagedTicks,
                grace: self.plan.graceTicks
            )
            let removable = self.members[index].disk.blobs.judge(
                judge,
                marks: collection.marks,
                now: now,
                pardoned: &self.probes.pardons
            )
            collection.judge = judge
            collection.divide(removable)
        }
        self.probes.revivals += self.members[index].revivedCount
        self.members[index].revivedCount = 0
        collection.nextAt = self.now + collection.pause() * self.plan.stepsPerTick
        self.members[index].collection = collection.pieces.isEmpty ? nil : collection
    }
}
