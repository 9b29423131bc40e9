internal import TarnClient
internal import TarnCore

/// Ends drills that were killed before they could do it themselves: the log would call them running for good, and their
/// probes' files would stay.
package struct KilledDrills: Sendable {
    private static let reason = "the drill was killed before it could report"

    private let cluster: DrillCluster
    private let folder: DrillFolder

    package init(cluster: DrillCluster, folder: DrillFolder) {
        self.cluster = cluster
        self.folder = folder
    }

    /// Brings the reports of drills that ran from this machine and were never signed into the log, says `aborted` of
    /// those without a report, and removes what their probes wrote. Returns the ids of those that the log called
    /// running. Throws while a drill runs, and when the cluster does not take it: then the rest is for the next time.
    package func end() async throws -> [String] {
        let lock = try DrillLock(folder: self.folder.path)
        defer { withExtendedLifetime(lock) {} }
        // No request of an earlier attempt has the name, and so none of its answers. A node that was brought back just now
        // may not know yet that the drill began.
        let client = try self.cluster.client(name: "heal-\(self.cluster.clock.now)", readLevel: .linearizable)
        var ended: [String] = []
        for id in self.folder.ids() where self.folder.journal(of: id) != nil && self.folder.signature(of: id) == nil {
            if try await self.end(id, by: client) { ended.append(id) }
            try await ProbeContent(drillID: id).removeFiles(by: client)
        }
        return ended
    }

    /// Whether the log called the drill running.
    private func end(_ id: String, by client: TarnHTTPClient) async throws -> Bool {
        let bytes: [UInt8]
        do {
            bytes = try await DrillDocument.read(id, client: client)
        } catch let error as ClientError where error.isNotFound {
            // It was killed before it was announced.
            return false
        }
        var document = try TarnHTTPClient.parse(bytes, of: "the report of \(id)")
        guard document["verdict"]?.string == DrillDocument.runningVerdict else { return false }
        if let report = self.folder.report(of: id) {
            document = report
        } else {
            document["verdict"] = .string(Verdict.Grade.aborted.rawValue)
            document["abort_reason"] = .string(Self.reason)
        }
        _ = try await DrillDocument.write(document, of: id, isFirst: false, client: client)
        return true
    }
}
