internal import NIOCore
internal import TarnClient
internal import TarnCore

/// The steps of a drill, carried out while its probes run.
struct DrillStage: Sendable {
    /// How often a condition is looked at: conditions are about what ``ClusterWatch`` and the probes note, several of
    /// them at once, and the time that passes.
    private static let pollInterval = Duration.milliseconds(20)
    private static let redundancySeconds = 180.0
    private static let scrubDeadlineMilliseconds = 300_000

    let settings: DrillSettings
    let cluster: DrillCluster
    let roster: Roster
    let hook: HookRunner?
    let journal: DrillJournal
    let probes: ProbeGroup
    let trace: DrillTrace
    let abort: AbortFlag
    let progress: @Sendable (String) -> Void

    private var clock: DrillClock { self.cluster.clock }

    /// Takes `steps`, with the measurement where it belongs. Throws when one fails or the drill is to end.
    func perform(_ script: DrillScript) async throws {
        for (index, step) in script.steps.enumerated() {
            try self.checkAbort()
            if index == script.measuredFrom { self.trace.update { $0.injectedAt = self.clock.now } }
            try await self.perform(step)
            if index == script.measuredThrough {
                let now = self.clock.now
                self.trace.update { $0.injectedThrough = now }
                self.trace.reach(.inject, at: now)
            }
            // Only now, so that what is measured does not wait for a node that does not answer.
            if case .inject(let fault) = step { try await self.checkEffect(of: fault) }
        }
    }

    private func perform(_ step: DrillStep) async throws {
        self.progress(step.text)
        let start = self.clock.now
        defer {
            let end = self.clock.now
            self.trace.update { $0.steps.append(DrillTrace.Step(text: step.text, startedAt: start, endedAt: end)) }
        }
        switch step {
        case .inject(let fault):
            try self.journal.note(fault)
            try await self.hookCall(fault.injection)
        case .heal(let fault): try await self.heal(fault)
        case .switchOver(let name): try await self.switchOver(to: name)
        case .hold: try await self.hold()
        case .pause(let milliseconds): try await self.wait(seconds: Double(milliseconds) / 1_000) { false }
        case .awaitWrites:
            try await self.demand("no write was acknowledged") { self.probes.writer.hasAcknowledged(begunAfter: start) }
        case .awaitOtherPrimary(let old):
            try await self.demand("no other datacentre took over from \(old)") { self.leader(since: start, not: old) }
        case .awaitRedundancy:
            guard try await self.awaitRedundancy() else { throw DrillError("the copies did not become equal in time") }
        case .scrub(let name): try await self.scrub(name)
        }
    }

    // MARK: Breaking and healing

    /// Undoes everything that the journal holds, newest first, and never gives up half-way. Returns what failed.
    func healAll() async -> [String] {
        var failures: [String] = []
        for fault in self.journal.content.faults.reversed() {
            self.progress(fault.healing.text)
            do {
                try await self.heal(fault)
            } catch {
                failures.append("\(error)")
            }
        }
        return failures
    }

    private func heal(_ fault: Fault) async throws {
        let now = self.clock.now
        self.trace.update { state in
            if state.injectedThrough != nil, state.healedAt == nil { state.healedAt = now }
        }
        try await self.hookCall(fault.healing)
        try self.journal.remove(fault)
    }

    private func hookCall(_ call: Fault.Call) async throws {
        guard let hook else { throw DrillError("this scenario needs a hook script; give --hook FILE") }
        try await hook.call(call)
    }

    /// Throws when the node that was killed or stopped still answers: whatever the script hit, it was not that node.
    private func checkEffect(of fault: Fault) async throws {
        guard let name = fault.endsAnswersOf, (try? await self.cluster.observe(name)) != nil else { return }
        throw DrillError("\(name) still answers after '\(fault.text)': the hook script did not hit its process")
    }

    func switchOver(to name: DatacenterID) async throws {
        let client = try self.cluster.client()
        let target = "/v1/switchover/\(name.name)"
        var request = TransportRequest(.post, target, deadlineMilliseconds: Limits.clientDeadlineMilliseconds)
        request.mustSeeLastWrite = false
        _ = try await client.read(request)
    }

    private func scrub(_ name: DatacenterID) async throws {
        var request = TransportRequest(.post, "/v1/scrub", deadlineMilliseconds: Self.scrubDeadlineMilliseconds)
        request.headers = [("Content-Type", "application/json")]
        request.body = ByteBuffer(string: "{}")
        let answer = try await self.cluster.ask(name, request)
        let lines = answer.body.split(separator: 0x0a).compactMap { try? JSONValue(parsing: Array($0)) }
        guard answer.isSuccess, let report = lines.last else {
            throw DrillError("\(name) does not scrub: \(answer.message)")
        }
        let healed = report["healed"]?.items.count ?? 0
        let damaged = report["damaged"]?.items.count ?? 0
        // What was damaged is mostly healed before the scrub comes to it: the node counts from its start.
        let metrics = try await self.cluster.text("/metrics", of: name)
        let inAll = Int(ClusterConditions.value("tarn_healed_blobs_total", in: metrics) ?? 0)
        // Log entries are fetched again at the start, with what they name: then there is no blob to be healed.
        let unreadable = Int(report["unreadable_records"]?.unsigned ?? 0)
        self.trace.update {
            $0.notes.append(
                "\(name): \(inAll) blobs healed since its start; its scrub found \(unreadable) unreadable records, "
                    + "healed \(healed), and \(damaged) are damaged"
            )
        }
        guard inAll > 0 || unreadable > 0 else {
            throw DrillError("\(name) has found no damage: it was overlooked, or hit nothing")
        }
        guard report["sound"]?.boolean == true || damaged == 0 else {
            throw DrillError("\(name) holds \(damaged) damaged blobs that nobody can heal")
        }
    }

    // MARK: Waiting

    private func hold() async throws {
        try await self.wait(seconds: self.settings.holdSeconds) { false }
        guard self.settings.scenario.expectation == .writesStop else { return }
        let statement = LossStatement(observations: self.probes.watch.newest, samples: self.probes.writer.samples)
        self.trace.update { $0.lossStatement = statement.json }
    }

    /// Waits until every datacentre holds everything that any of them holds now. False when that takes too long.
    func awaitRedundancy(isFinal: Bool = false) async throws -> Bool {
        let start = self.clock.now
        let target = self.probes.watch.newest.values.flatMap(\.rows).map(\.op).max() ?? 0
        return try await self.wait(seconds: Self.redundancySeconds, isFinal: isFinal) {
            let observations = self.probes.watch.observations(since: start)
            if let leading = observations.first(where: { $0.primary == $0.datacenter })?.own,
                leading.missingBytesCount == 0, leading.prefixComplete >= leading.commit
            {
                self.trace.reach(.blobsComplete, at: self.clock.now)
            }
            let isComplete =
                observations.count == self.cluster.nodes.count
                && observations.allSatisfy { observation in
                    guard let own = observation.own else { return false }
                    return own.commit >= target && own.prefixComplete >= target && own.missingBytesCount == 0
                        && own.trouble == nil && observation.rows.allSatisfy(\.isReachable)
                }
            if isComplete { self.trace.reach(.redundancy, at: self.clock.now) }
            return isComplete
        }
    }

    private func leader(since time: UInt64, not old: DatacenterID) -> Bool {
        self.probes.watch.observations(since: time).contains { $0.primary == $0.datacenter && $0.primary != old }
    }

    private func demand(_ failure: String, _ condition: () -> Bool) async throws {
        guard try await self.wait(seconds: self.settings.patienceSeconds, until: condition) else {
            throw DrillError("\(failure) within \(Int(self.settings.patienceSeconds)) s")
        }
    }

    /// Waits until `condition` holds; false when that takes longer than `seconds`. Throws when the drill is to end,
    /// unless this is what it ends with.
    @discardableResult
    func wait(seconds: Double, isFinal: Bool = false, until condition: () -> Bool) async throws -> Bool {
        let deadline = self.clock.now + UInt64(seconds * 1_000_000)
        while !condition() {
            if self.clock.now >= deadline { return false }
            if !isFinal { try self.checkAbort() }
            try await Task.sleep(for: Self.pollInterval)
        }
        return true
    }

    private func checkAbort() throws {
        if let reason = self.abort.reason { throw DrillError(reason) }
        for condition in self.settings.stopConditions {
            let isMet = condition.isMet(
                writes: self.probes.writer.samples,
                reads: self.probes.reads,
                since: self.trace.value.injectedAt ?? self.clock.now,
                now: self.clock.now
            )
            guard isMet else { continue }
            self.abort.raise("stop condition '\(condition.text)' was met")
            throw DrillError("stop condition '\(condition.text)' was met")
        }
    }
}
