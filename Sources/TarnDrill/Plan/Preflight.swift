package import TarnCore

/// Whether a cluster is fit to be broken: judged from what its nodes say, without asking anybody.
package struct Preflight: Sendable {
    /// Ops that a datacentre may be behind while it is written to.
    static let lagMax: UInt64 = 64
    static let clockOffsetMicrosecondsMax: Int64 = 1_000_000
    static let freeBytesMin: UInt64 = 512 << 20

    /// What the judgement is made of.
    package struct Evidence: Sendable {
        package var datacenters: [DatacenterID]
        package var observations: [ClusterObservation] = []
        package var cards: [NodeCard] = []
        package var freeBytes: [DatacenterID: UInt64] = [:]
        /// Why nodes did not answer, or do not serve.
        package var troubles: [DatacenterID: String] = [:]
        package var openOrphansCount = 0
        /// Valid receipts of the newest ops, and how many were asked for.
        package var receipts: (valid: Int, checked: Int) = (0, 0)
        /// Drills on this machine that have broken something and not healed it.
        package var unhealed: [String] = []
        /// What the hook script can do; nil without one, and where it cannot say so.
        package var actions: Set<HookAction>?
        /// Why the hook script cannot be used; nil when it can, and without one.
        package var hookFailure: String?
        /// Why the hook script does not find the processes of nodes.
        package var hookTroubles: [DatacenterID: String] = [:]

        package init(datacenters: [DatacenterID]) {
            self.datacenters = datacenters
        }
    }

    package let findings: [PreflightFinding]

    package var isReady: Bool { self.findings.allSatisfy(\.isReady) }

    /// Judges `evidence` for `scenario`, or for any of them.
    package init(_ evidence: Evidence, scenario: Scenario?) {
        var findings = [Self.presence(evidence), Self.leadership(evidence)]
        findings += [Self.completeness(evidence), Self.roots(evidence), Self.disks(evidence), Self.clocks(evidence)]
        findings += [Self.versions(evidence), Self.receipts(evidence), Self.orphans(evidence), Self.others(evidence)]
        if let scenario { findings.append(Self.hook(evidence, scenario)) }
        self.findings = findings
    }

    private static func presence(_ evidence: Evidence) -> PreflightFinding {
        let silent = evidence.datacenters.filter { name in !evidence.observations.contains { $0.datacenter == name } }
        let name = "three datacentres that answer and serve"
        if evidence.datacenters.count != 3 {
            return PreflightFinding(name, "the cluster has \(evidence.datacenters.count)", isReady: false)
        }
        var words = silent.map { "\($0) does not answer\(evidence.troubles[$0].map { ": \($0)" } ?? "")" }
        words += evidence.troubles.filter { !silent.contains($0.key) }.sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value)" }
        for observation in evidence.observations.sorted(by: { $0.datacenter < $1.datacenter }) {
            for row in observation.rows where !row.isReachable {
                words.append("\(observation.datacenter) does not reach \(row.datacenter)")
            }
        }
        if evidence.datacenters.count - silent.count < 2 { words.append("there is no quorum") }
        return PreflightFinding(name, words.isEmpty ? "all do" : words.joined(separator: "; "), isReady: words.isEmpty)
    }

    private static func leadership(_ evidence: Evidence) -> PreflightFinding {
        let primaries = Set(evidence.observations.map { $0.primary?.name ?? "nobody" })
        let isReady = primaries.count == 1 && !primaries.contains("nobody")
        let text = primaries.isEmpty ? "nobody answers" : primaries.sorted().joined(separator: ", ")
        return PreflightFinding("one primary", text, isReady: isReady)
    }

    private static func completeness(_ evidence: Evidence) -> PreflightFinding {
        var words: [String] = []
        let newest = evidence.observations.flatMap(\.rows).map(\.commit).max() ?? 0
        for own in evidence.observations.compactMap(\.own) {
            if own.commit + Self.lagMax < newest {
                words.append("\(own.datacenter) is \(newest - own.commit) ops behind")
            } else if own.prefixComplete + Self.lagMax < own.commit || own.missingBytesCount > 0 {
                words.append("\(own.datacenter) lacks \(own.missingBytesCount) bytes of blobs")
            }
        }
        words.sort()
        let text = words.isEmpty ? "all hold everything up to op \(newest)" : words.joined(separator: "; ")
        return PreflightFinding("complete copies", text, isReady: words.isEmpty && !evidence.observations.isEmpty)
    }

    private static func roots(_ evidence: Evidence) -> PreflightFinding {
        var roots: [UInt64: Set<String>] = [:]
        for own in evidence.observations.compactMap(\.own) { roots[own.commit, default: []].insert(own.root) }
        let bad = roots.filter { $0.value.count > 1 }.keys.sorted()
        return PreflightFinding(
            "equal roots",
            bad.isEmpty
                ? "no two differ at one op" : "they differ at op \(bad.map(String.init).joined(separator: ", "))",
            isReady: bad.isEmpty
        )
    }

    private static func disks(_ evidence: Evidence) -> PreflightFinding {
        let poor = evidence.freeBytes.filter { $0.value < Self.freeBytesMin }.keys.sorted()
        let words = poor.map { "\($0) has \((evidence.freeBytes[$0] ?? 0) >> 20) MiB left" }
        return PreflightFinding(
            "free space",
            words.isEmpty ? "at least \(Self.freeBytesMin >> 20) MiB everywhere" : words.joined(separator: "; "),
            isReady: words.isEmpty
        )
    }

    private static func clocks(_ evidence: Evidence) -> PreflightFinding {
        let bad = evidence.cards.filter { abs($0.clockOffsetMicroseconds) > Self.clockOffsetMicrosecondsMax }
        let words = bad.map { "\($0.datacenter) is \($0.clockOffsetMicroseconds / 1_000) ms off" }.sorted()
        return PreflightFinding(
            "clocks",
            words.isEmpty ? "within a second of this machine's" : words.joined(separator: "; "),
            isReady: words.isEmpty
        )
    }

    private static func versions(_ evidence: Evidence) -> PreflightFinding {
        let versions = Set(evidence.cards.map(\.version)).sorted()
        return PreflightFinding("one version", versions.joined(separator: ", "), isReady: versions.count == 1)
    }

    private static func receipts(_ evidence: Evidence) -> PreflightFinding {
        let (valid, checked) = evidence.receipts
        return PreflightFinding(
            "receipts of the newest ops",
            "\(valid) of \(checked) are signed by all",
            isReady: valid == checked
        )
    }

    private static func orphans(_ evidence: Evidence) -> PreflightFinding {
        let count = evidence.openOrphansCount
        // Orphans stand in nobody's way; whoever reads the report must be able to tell old ones from new ones.
        let text = count == 0 ? "no open ones" : "\(count) open ones, from before"
        return PreflightFinding("orphans", text, isReady: true)
    }

    private static func others(_ evidence: Evidence) -> PreflightFinding {
        let ids = evidence.unhealed.joined(separator: ", ")
        return PreflightFinding(
            "no drill left unhealed",
            evidence.unhealed.isEmpty ? "none" : "\(ids): run 'tarn drill heal' first",
            isReady: evidence.unhealed.isEmpty
        )
    }

    private static func hook(_ evidence: Evidence, _ scenario: Scenario) -> PreflightFinding {
        let needed = scenario.needs
        let name = "hook script for \(scenario.id)"
        if needed.isEmpty { return PreflightFinding(name, "not needed", isReady: true) }
        if let failure = evidence.hookFailure { return PreflightFinding(name, failure, isReady: false) }
        guard let actions = evidence.actions else {
            return PreflightFinding(
                name,
                "needed for \(needed.map(\.rawValue).joined(separator: ", ")); give --hook FILE",
                isReady: false
            )
        }
        // What it does not find it cannot break: a drill would be passed by a cluster that nothing happened to.
        guard evidence.hookTroubles.isEmpty else {
            let words = evidence.hookTroubles.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            return PreflightFinding(name, "does not find every node: \(words.joined(separator: "; "))", isReady: false)
        }
        let missing = needed.filter { !actions.contains($0) }.map(\.rawValue)
        return PreflightFinding(
            name,
            missing.isEmpty ? "can do what is needed" : "cannot do here: \(missing.joined(separator: ", "))",
            isReady: missing.isEmpty
        )
    }
}
