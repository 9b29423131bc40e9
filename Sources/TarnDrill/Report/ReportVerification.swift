internal import TarnClient
package import TarnCore
internal import TarnCrypto

/// Checks a drill's report against what the datacentres signed and against the log.
package struct ReportVerification: Sendable {
    /// What came of it, check by check.
    package struct Outcome: Sendable {
        package var checks: [PreflightFinding] = []

        package var isSound: Bool { self.checks.allSatisfy(\.isReady) }

        package var json: JSONValue {
            ["sound": .boolean(self.isSound), "checks": .array(self.checks.map(\.json))]
        }
    }

    private let cluster: DrillCluster
    private let folder: DrillFolder

    package init(cluster: DrillCluster, folder: DrillFolder) {
        self.cluster = cluster
        self.folder = folder
    }

    /// `members` are those of a genesis that the caller trusts; without them, those that the nodes name.
    package func run(_ id: String, members: [Genesis.Member]?) async throws -> Outcome {
        guard DrillID.isValid(id) else { throw DrillError("'\(id)' is no drill's id") }
        let client = try self.cluster.client()
        let op = try await self.reportOp(of: id, client)
        let bytes = try await DrillDocument.read(id, at: op, client: client)
        let report = DrillReport(json: try TarnHTTPClient.parse(bytes, of: "the report of \(id)"))
        var known = members
        if known == nil { known = try await self.namedMembers() }
        var outcome = Outcome()
        outcome.checks.append(
            await self.signature(id, op: op, bytes: bytes, members: known ?? [], isTrusted: members != nil)
        )
        outcome.checks.append(await self.chain(op))
        outcome.checks.append(await self.log(report))
        outcome.checks.append(Self.figures(report))
        return outcome
    }

    /// The op that brought the report: the last one that touched the document.
    private func reportOp(of id: String, _ client: TarnHTTPClient) async throws -> Op {
        guard let entry = try await client.newestOps(limit: 1, path: try DrillDocument.path(of: id)).first,
            let op = entry["op"]?.unsigned
        else { throw DrillError("the log knows no drill '\(id)'") }
        return Op(op)
    }

    private func namedMembers() async throws -> [Genesis.Member] {
        for name in self.cluster.datacenters {
            if let card = try? await self.cluster.card(of: name) { return card.members }
        }
        throw DrillError("no node answers")
    }

    private func signature(
        _ id: String,
        op: Op,
        bytes: [UInt8],
        members: [Genesis.Member],
        isTrusted: Bool
    ) async -> PreflightFinding {
        let name = "signatures"
        do {
            let kept = self.folder.signature(of: id).flatMap { DrillSignature(json: $0) }
            let signature: DrillSignature
            if let kept {
                signature = kept
            } else {
                signature = try await DrillSignature.make(of: id, op: op, cluster: self.cluster)
            }
            guard signature.op == op else {
                throw DrillError("the report was signed as op \(signature.op) and changed by op \(op)")
            }
            let (holders, content) = try signature.verify(members: members)
            guard content == SHA256.digest(bytes) else {
                throw DrillError("the report's bytes are not those that were signed")
            }
            let names = holders.map(\.name).joined(separator: ", ")
            let source = isTrusted ? "keys of the genesis" : "keys as the nodes name them"
            return PreflightFinding(name, "op \(op), signed by \(names) (\(source))", isReady: true)
        } catch {
            return PreflightFinding(name, "\(error)", isReady: false)
        }
    }

    /// The op stands in every datacentre's log with the same hash, and its successors follow it.
    private func chain(_ op: Op) async -> PreflightFinding {
        let name = "place in the log"
        do {
            var hashes: Set<String> = []
            for datacenter in self.cluster.datacenters {
                let before = op.previous ?? .genesis
                let page = try await self.cluster.document(
                    "/v1/changes?after=\(before)&limit=100",
                    of: datacenter,
                    deadlineMilliseconds: 10_000
                )
                let entries = page["entries"]?.items ?? []
                guard let first = entries.first, first["op"]?.unsigned == op.number, let hash = first["hash"]?.string
                else { throw DrillError("\(datacenter) does not have op \(op)") }
                hashes.insert(hash)
                for (one, next) in zip(entries, entries.dropFirst()) where next["parent"] != one["hash"] {
                    throw DrillError(
                        "at \(datacenter) op \(next["op"]?.display ?? "?") does not follow its predecessor"
                    )
                }
            }
            guard hashes.count == 1 else { throw DrillError("the datacentres have different entries at op \(op)") }
            return PreflightFinding(name, "one entry in all logs, and the chain goes on from it", isReady: true)
        } catch {
            return PreflightFinding(name, "\(error)", isReady: false)
        }
    }

    /// Every acknowledged write is looked up again.
    private func log(_ report: DrillReport) async -> PreflightFinding {
        let name = "acknowledged writes in all logs"
        do {
            let audit = ClusterAudit(
                cluster: self.cluster,
                content: ProbeContent(drillID: report.id),
                members: []
            )
            let writes = report.writes
            let lost = try await audit.missing(of: writes)
            let count = UInt64(writes.count { $0.acknowledgedOp != nil })
            guard count == report.acknowledgedCount, UInt64(lost.count) == report.lostCount else {
                throw DrillError(
                    "the report says \(report.acknowledgedCount) and \(report.lostCount) lost, the log \(count) and \(lost.count)"
                )
            }
            return PreflightFinding(name, "\(count), \(lost.count) lost", isReady: true)
        } catch {
            return PreflightFinding(name, "\(error)", isReady: false)
        }
    }

    /// The figures of the report follow from its own writes.
    static func figures(_ report: DrillReport) -> PreflightFinding {
        let name = "figures"
        guard let scenario = Scenario.named(report.scenario) else {
            return PreflightFinding(name, "unknown scenario '\(report.scenario)'", isReady: false)
        }
        let json = report.json
        let figures = DrillFigures(
            writes: report.writes,
            expectation: scenario.expectation,
            injectedAt: report.injectedAt,
            injectedThrough: json["injected_through"]?.unsigned ?? report.injectedAt,
            healedAt: json["healed_at"]?.unsigned,
            settledAt: json["settled_at"]?.unsigned ?? .max
        )
        let view = ClientView(
            writes: report.writes,
            reads: [],
            from: json["started_at"]?.unsigned ?? 0,
            through: json["ended_at"]?.unsigned ?? .max
        )
        let total = figures.recoveryMicroseconds.map { JSONValue.milliseconds($0) } ?? .null
        var wrong: [String] = []
        // A drill that was aborted measured none, though its writes would give a figure.
        let measured = json["rto"]?["total_ms"]
        let isLeftOut = measured == .null && report.verdict == Verdict.Grade.aborted.rawValue
        if measured != total, !isLeftOut { wrong.append("RTO") }
        for key in ["acknowledged", "unknown", "p50_ms", "p99_ms", "longest_gap_ms"]
        where json["client"]?[key] != view.json[key] {
            wrong.append(key)
        }
        let text =
            wrong.isEmpty ? "computed again from the writes, and equal" : "wrong: \(wrong.joined(separator: ", "))"
        return PreflightFinding(name, text, isReady: wrong.isEmpty)
    }
}
