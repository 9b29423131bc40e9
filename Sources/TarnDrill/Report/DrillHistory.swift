internal import TarnClient
package import TarnCore

/// All drills of a cluster, as its log keeps them.
package enum DrillHistory {
    /// Reports, oldest first; a drill that began and left none is among them with the verdict `running`.
    package static func reports(of cluster: DrillCluster) async throws -> [DrillReport] {
        let client = try cluster.client()
        var reports: [DrillReport] = []
        for id in try await DrillDocument.ids(client: client) {
            let bytes = try await DrillDocument.read(id, client: client)
            reports.append(DrillReport(json: try TarnHTTPClient.parse(bytes, of: "the report of \(id)")))
        }
        return reports
    }

    /// By how many percent the recovery took longer than the median of the drills of the same scenario before; nil
    /// where there is nothing to compare.
    package static func trend(of report: DrillReport, after earlier: some Sequence<DrillReport>) -> Int? {
        guard let now = report.recoveryMilliseconds else { return nil }
        let before = earlier.filter { $0.scenario == report.scenario }.compactMap(\.recoveryMilliseconds)
        let median = Double(Percentiles(before.map { UInt64(max(0, $0) * 1_000) })[50]) / 1_000
        guard median > 0 else { return nil }
        return Int(((now - median) / median * 100).rounded())
    }

    /// One line of the history in JSON.
    package static func row(_ report: DrillReport) -> JSONValue {
        [
            "id": .string(report.id), "scenario": .string(report.scenario), "verdict": .string(report.verdict),
            "rto_ms": report.json["rto"]?["total_ms"] ?? .null, "lost": .integer(report.lostCount),
            "acknowledged": .integer(report.acknowledgedCount), "orphans": .integer(report.orphansCount),
        ]
    }
}
