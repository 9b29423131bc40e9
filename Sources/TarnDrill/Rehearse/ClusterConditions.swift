package import TarnSimulator

/// What a rehearsal needs to know about a cluster, as its nodes have measured it.
package struct ClusterConditions: Sendable {
    private static let deadlineMilliseconds = 5_000

    package let roundTripMilliseconds: [Double]
    /// The mean time of one fdatasync.
    package let syncMilliseconds: Double

    package init(roundTripMilliseconds: [Double], syncMilliseconds: Double) {
        self.roundTripMilliseconds = roundTripMilliseconds
        self.syncMilliseconds = syncMilliseconds
    }

    /// As the simulator takes them, for a drill that writes `writesPerSecond`.
    package func simulated(writesPerSecond: Double) -> Rehearsal.Conditions {
        ScenarioRehearsal.conditions(
            roundTripMilliseconds: self.roundTripMilliseconds,
            syncMilliseconds: self.syncMilliseconds,
            writesPerSecond: writesPerSecond
        )
    }

    /// Asks every node; what does not answer is left out.
    package static func measure(_ cluster: DrillCluster) async -> ClusterConditions {
        var trips: [Double] = []
        var syncs: [Double] = []
        for name in cluster.datacenters {
            if let observation = try? await cluster.observe(name) {
                trips += observation.rows.compactMap(\.roundTripMilliseconds)
            }
            guard let text = try? await cluster.text("/metrics", of: name),
                let sum = Self.value("tarn_sync_seconds_sum", in: text),
                let count = Self.value("tarn_sync_seconds_count", in: text), count > 0
            else { continue }
            syncs.append(sum / count * 1_000)
        }
        return ClusterConditions(roundTripMilliseconds: trips, syncMilliseconds: syncs.max() ?? 0)
    }

    /// The value of a metric without labels.
    static func value(_ name: String, in text: String) -> Double? {
        for line in text.split(separator: "\n") where line.hasPrefix("\(name) ") {
            return Double(line.dropFirst(name.utf8.count + 1))
        }
        return nil
    }
}
