internal import TarnCore
internal import TarnNode

/// Something about the cluster that a person should know, and the command that looks into it or mends it.
struct HealthFinding: Hashable, Sendable {
    enum Severity: String, Sendable {
        case critical = "Critical"
        case warning = "Warning"
    }

    private static let lagOpsMax: UInt64 = 1_000

    let severity: Severity
    let title: String
    let reason: String
    let command: String
    /// The page of ops/runbooks that says more.
    let runbook: String

    /// What is wrong with the cluster as one node sees it, the worst first; nothing when all is well.
    static func all(in status: ClusterStatus) -> [HealthFinding] {
        var findings: [HealthFinding] = []
        let reachable = status.datacenters.filter(\.isReachable)
        if status.isMirrored, reachable.count < 2 {
            findings.append(
                HealthFinding(
                    severity: .critical,
                    title: "Nothing can be written",
                    reason: "This node reaches no other datacentre, and a commit needs two of three.",
                    command: "tarn status",
                    runbook: "TarnNoPrimary"
                )
            )
        } else if status.primary == nil {
            findings.append(
                HealthFinding(
                    severity: .critical,
                    title: "No datacentre leads",
                    reason: "Writes are refused until one does; reads go on.",
                    command: "tarn status",
                    runbook: "TarnNoPrimary"
                )
            )
        }
        for row in status.datacenters { findings += self.of(row, in: status) }
        return findings.sorted { $0.severity == .critical && $1.severity != .critical }
    }

    private static func of(_ row: ClusterStatus.Datacenter, in status: ClusterStatus) -> [HealthFinding] {
        var findings: [HealthFinding] = []
        let name = row.datacenter.name
        if let trouble = row.trouble {
            findings.append(
                HealthFinding(
                    severity: .critical,
                    title: "\(name) does not serve or write",
                    reason: trouble,
                    command: "journalctl -u tarn-node@\(name) -o cat -n 50",
                    runbook: "TarnNotServing"
                )
            )
        }
        if !row.isReachable {
            findings.append(
                HealthFinding(
                    severity: row.datacenter == status.primary ? .critical : .warning,
                    title: "\(name) is not reachable from here",
                    reason:
                        "Not heard from for two seconds. While it is away, the loss of another datacentre stops writes.",
                    command: "systemctl status tarn-node@\(name)",
                    runbook: "TarnDatacenterUnreachable"
                )
            )
        }
        if row.lagOps > self.lagOpsMax {
            findings.append(
                HealthFinding(
                    severity: .warning,
                    title: "\(name) is \(DashboardFormat.count(row.lagOps)) ops behind",
                    reason: "It catches up by itself; until then it cannot take over without waiting.",
                    command: "tarn status --dc \(name)",
                    runbook: "TarnReplicaBehind"
                )
            )
        }
        if self.hasOtherRoot(row, in: status) {
            findings.append(
                HealthFinding(
                    severity: .critical,
                    title: "\(name) has another root at op \(row.commit)",
                    reason: "Two datacentres hold different data. Stop writing and keep both data folders.",
                    command: "tarn verify --dc \(name)",
                    runbook: "TarnRootsDiffer"
                )
            )
        }
        return findings
    }

    private static func hasOtherRoot(_ row: ClusterStatus.Datacenter, in status: ClusterStatus) -> Bool {
        row.root != .zero
            && status.datacenters.contains { $0.commit == row.commit && $0.root != .zero && $0.root != row.root }
    }
}
