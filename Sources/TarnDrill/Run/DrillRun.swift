internal import TarnClient
internal import TarnCore

/// One drill from its preflight to its signed report.
package struct DrillRun: Sendable {
    /// How long the first primary may take to lead again.
    private static let failbackSeconds = 30.0
    /// How long a cluster that was written to a moment ago may take to come to rest, and how often it is asked.
    private static let restMicroseconds: UInt64 = 4_000_000
    private static let restPollInterval = Duration.milliseconds(200)
    /// A status that is older says nothing of who leads now.
    private static let statusMicrosecondsMax: UInt64 = 1_000_000

    private let settings: DrillSettings
    private let cluster: DrillCluster
    private let folder: DrillFolder
    private let hook: HookRunner?
    private let id: String
    private let configurationPath: String
    private let progress: @Sendable (String) -> Void

    /// `configurationPath` is noted in the journal, for whoever heals. `progress` is told what goes on.
    package init(
        settings: DrillSettings,
        cluster: DrillCluster,
        folder: DrillFolder,
        hook: HookRunner?,
        id: String,
        configurationPath: String,
        progress: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.cluster = cluster
        self.folder = folder
        self.hook = hook
        self.id = id
        self.configurationPath = configurationPath
        self.progress = progress
    }

    /// Runs the drill and keeps its report here and in the cluster. Whatever happens after the first fault, everything
    /// that was broken is healed before this returns or throws; what could not be healed stays in the journal.
    package func run(abort: AbortFlag) async throws -> DrillReport {
        try self.settings.check()
        let lock = try DrillLock(folder: self.folder.path)
        defer { withExtendedLifetime(lock) {} }
        let (evidence, preflight) = await self.preflight()
        guard preflight.isReady, let roster = Self.roster(evidence), let card = evidence.cards.first else {
            let reasons = preflight.findings.filter { !$0.isReady }.map { "\($0.check): \($0.detail)" }
            throw DrillError("the cluster is not ready for a drill: \(reasons.joined(separator: "; "))")
        }
        let journal = DrillJournal(
            DrillJournal.Content(
                id: self.id,
                scenario: self.settings.scenario.id,
                hook: self.hook?.path ?? "",
                configuration: self.configurationPath,
                primary: roster.primary.name
            ),
            in: self.folder
        )
        try journal.save()
        try await self.announce(roster)
        let conditions = await ClusterConditions.measure(self.cluster)
        let trace = DrillTrace()
        let probes = ProbeGroup(
            cluster: self.cluster,
            content: ProbeContent(drillID: self.id),
            rate: self.settings.rate,
            patienceSeconds: self.settings.patienceSeconds
        )
        let stage = DrillStage(
            settings: self.settings,
            cluster: self.cluster,
            roster: roster,
            hook: self.hook,
            journal: journal,
            probes: probes,
            trace: trace,
            abort: abort,
            progress: self.progress
        )
        let start = self.cluster.clock.now
        let settledAt = await self.carryOut(stage)
        var facts = DrillFacts(
            id: self.id,
            startedAt: start,
            settledAt: settledAt,
            endedAt: self.cluster.clock.now,
            settings: self.settings,
            roster: roster,
            preflight: preflight,
            evidence: evidence,
            trace: trace.value,
            writes: probes.writer.samples,
            reads: probes.reads,
            cards: await self.cards(),
            abortReason: abort.reason
        )
        facts.prediction = await self.predict(conditions)
        return try await self.conclude(facts, members: card.members)
    }

    /// What the rehearsal says about the cluster as it was before the fault.
    private func predict(_ conditions: ClusterConditions) async -> Prediction? {
        guard self.settings.rehearsalSeeds > 0,
            let rehearsal = ScenarioRehearsal(
                self.settings.scenario,
                conditions: conditions.simulated(writesPerSecond: self.settings.rate)
            )
        else { return nil }
        self.progress("rehearse with \(self.settings.rehearsalSeeds) seeds, for comparison")
        return await rehearsal.run(seeds: self.settings.rehearsalSeeds)
    }

    /// A cluster that was written to a moment ago gets a few seconds to come to rest.
    private func preflight() async -> (Preflight.Evidence, Preflight) {
        let check = PreflightCheck(cluster: self.cluster, folder: self.folder, hook: self.hook)
        let deadline = self.cluster.clock.now + Self.restMicroseconds
        while true {
            let evidence = await check.evidence()
            let preflight = Preflight(evidence, scenario: self.settings.scenario)
            if preflight.isReady || self.cluster.clock.now > deadline { return (evidence, preflight) }
            do {
                try await Task.sleep(for: Self.restPollInterval)
            } catch {
                return (evidence, preflight)
            }
        }
    }

    /// Probes, steps, healing and failback. Returns when all was settled.
    private func carryOut(_ stage: DrillStage) async -> UInt64 {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await stage.probes.run() }
            let script = DrillScript(self.settings.scenario, stage.roster)
            do {
                try await stage.wait(seconds: self.settings.calmSeconds) { false }
                try await stage.perform(script)
            } catch {
                stage.abort.raise("\(error)")
                self.progress("ending early: \(error)")
            }
            let now = self.cluster.clock.now
            stage.trace.update { state in
                state.healedAt = state.healedAt ?? now
                state.injectedAt = state.injectedAt ?? now
                state.injectedThrough = state.injectedThrough ?? state.injectedAt
            }
            await self.settle(stage)
            let settledAt = self.cluster.clock.now
            _ = try? await stage.wait(seconds: self.settings.calmSeconds, isFinal: true) { false }
            stage.probes.stop()
            await group.waitForAll()
            return settledAt
        }
    }

    /// Heals what is open, waits for equal copies, and has the first primary lead again.
    private func settle(_ stage: DrillStage) async {
        for failure in await stage.healAll() {
            stage.trace.update { $0.notes.append(failure) }
            self.progress(failure)
        }
        self.progress("wait for three equal copies")
        do {
            guard try await stage.awaitRedundancy(isFinal: true) else {
                throw DrillError("the copies did not become equal in time")
            }
            if !self.leads(stage.roster.primary, stage) {
                self.progress("switchover back to \(stage.roster.primary)")
                try await stage.switchOver(to: stage.roster.primary)
                let asked = self.cluster.clock.now
                guard
                    try await stage.wait(
                        seconds: Self.failbackSeconds,
                        isFinal: true,
                        until: {
                            self.leads(stage.roster.primary, stage)
                                && stage.probes.writer.hasAcknowledged(begunAfter: asked)
                        }
                    )
                else { throw DrillError("\(stage.roster.primary) does not lead again") }
                stage.trace.reach(.failback, at: self.cluster.clock.now)
            }
            stage.trace.update { $0.isHealed = stage.journal.content.faults.isEmpty }
        } catch {
            stage.trace.update { $0.notes.append("\(error)") }
            self.progress("\(error)")
        }
    }

    private func leads(_ name: DatacenterID, _ stage: DrillStage) -> Bool {
        guard let own = stage.probes.watch.newest[name] else { return false }
        return own.primary == name && own.at + Self.statusMicrosecondsMax > self.cluster.clock.now
    }

    /// Checks what is left, judges, and signs.
    private func conclude(_ facts: DrillFacts, members: [Genesis.Member]) async throws -> DrillReport {
        self.progress("verify roots, logs and receipts")
        var findings = ClusterAudit.Findings()
        var problem: String?
        do {
            let audit = ClusterAudit(
                cluster: self.cluster,
                content: ProbeContent(drillID: self.id),
                members: members
            )
            findings = try await audit.run(facts.writes)
        } catch {
            problem = "the verification could not be finished: \(error)"
        }
        let report = DrillReportBuilder(facts: facts, findings: findings, problem: problem).report()
        try self.folder.write(report.json, as: "report.json", of: self.id)
        do {
            let client = try self.cluster.client(name: "report-\(self.id)")
            let op = try await DrillDocument.write(report.json, of: self.id, isFirst: false, client: client)
            try await ProbeContent(drillID: self.id).removeFiles(by: client)
            let signature = try await DrillSignature.make(of: self.id, op: op, cluster: self.cluster)
            try self.folder.write(signature.json, as: "signature.json", of: self.id)
        } catch {
            throw DrillError("the report is kept here and could not be brought into the log: \(error)")
        }
        return report
    }

    /// That a drill begins stands in the log before anything is broken.
    private func announce(_ roster: Roster) async throws {
        let document: JSONValue = [
            "id": .string(self.id), "scenario": .string(self.settings.scenario.id),
            "verdict": .string(DrillDocument.runningVerdict), "primary": .string(roster.primary.name),
            "started_at": .integer(self.cluster.clock.now),
        ]
        let client = try self.cluster.client(name: "announce-\(self.id)")
        _ = try await DrillDocument.write(document, of: self.id, isFirst: true, client: client)
    }

    private func cards() async -> [NodeCard] {
        var cards: [NodeCard] = []
        for name in self.cluster.datacenters {
            if let card = try? await self.cluster.card(of: name) { cards.append(card) }
        }
        return cards
    }

    /// Who sits where: the members' order gives the observer, the status the primary.
    private static func roster(_ evidence: Preflight.Evidence) -> Roster? {
        guard let rows = evidence.observations.first?.rows, rows.count == 3,
            let primary = evidence.observations.first?.primary,
            let standby = rows.prefix(2).map(\.datacenter).first(where: { $0 != primary })
        else { return nil }
        return Roster(primary: primary, standby: standby, observer: rows[2].datacenter)
    }
}
