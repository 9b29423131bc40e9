internal import TarnClient
internal import TarnCore

/// What is left of a drill's writes, asked of every datacentre by itself.
struct ClusterAudit: Sendable {
    /// What was found.
    struct Findings: Sendable {
        /// Each datacentre's root at one op.
        var op: Op = .genesis
        var roots: [(datacenter: DatacenterID, root: String)] = []
        /// Acknowledged writes that some datacentre's log does not hold as what they were acknowledged.
        var lost: [WriteSample] = []
        var receiptsCheckedCount = 0
        var receiptsValidCount = 0
        /// Receipts that every datacentre signed.
        var receiptsWholeCount = 0
        var receiptProblems: [String] = []
        /// Orphans of this drill: hash and the datacentre that keeps it.
        var orphans: [(hash: String, datacenter: DatacenterID, request: String)] = []

        var areRootsEqual: Bool { Set(self.roots.map(\.root)).count == 1 }
    }

    private static let pageCount = 5_000
    private static let deadlineMilliseconds = 30_000
    /// How often a datacentre that is behind or silent is asked again: a status does not wait for an op.
    private static let commitPollInterval = Duration.milliseconds(50)
    private static let receiptsInFlightMax = 8
    private static let problemsMax = 20

    let cluster: DrillCluster
    let content: ProbeContent
    /// Whose signatures count.
    let members: [Genesis.Member]

    func run(_ samples: [WriteSample]) async throws -> Findings {
        var findings = Findings()
        let acknowledged = samples.filter { $0.acknowledgedOp != nil }
        if let last = acknowledged.compactMap(\.acknowledgedOp).max() { try await self.waitForCommit(of: last) }
        try await self.compareRoots(&findings)
        findings.lost = try await self.missing(of: acknowledged)
        await self.checkReceipts(acknowledged, &findings)
        try await self.listOrphans(&findings)
        return findings
    }

    /// Gives every datacentre the time to commit what was acknowledged: one that came back a moment ago has lost
    /// nothing by being behind. What is not there then counts as lost.
    func waitForCommit(of op: Op) async throws {
        let deadline = self.deadline
        for name in self.cluster.datacenters {
            _ = try await self.commit(of: name, atLeast: op.number, until: deadline)
        }
    }

    private var deadline: UInt64 { self.cluster.clock.now + UInt64(Self.deadlineMilliseconds) * 1_000 }

    /// What a datacentre has committed, once that is `wanted` or `deadline` is over. One that does not answer may be busy,
    /// or be starting: it is asked again until then.
    private func commit(
        of name: DatacenterID,
        atLeast wanted: UInt64 = 0,
        until deadline: UInt64
    ) async throws -> UInt64 {
        while true {
            do {
                let commit = try await self.cluster.observe(name).own?.commit ?? 0
                if commit >= wanted || self.cluster.clock.now >= deadline { return commit }
            } catch {
                guard self.cluster.clock.now < deadline else { throw DrillError("\(name) does not answer: \(error)") }
            }
            try await Task.sleep(for: Self.commitPollInterval)
        }
    }

    /// The root after the newest op that all have.
    private func compareRoots(_ findings: inout Findings) async throws {
        let deadline = self.deadline
        var heads: [UInt64] = []
        for name in self.cluster.datacenters { heads.append(try await self.commit(of: name, until: deadline)) }
        let op = Op(heads.min() ?? 0)
        findings.op = op
        for name in self.cluster.datacenters {
            let entries = try await self.headers(of: name, after: Op(op.number - min(op.number, 1)), limit: 1)
            guard let root = entries.first?["root"]?.string, entries.first?["op"]?.unsigned == op.number else {
                throw DrillError("\(name) does not tell its root at op \(op)")
            }
            findings.roots.append((name, root))
        }
    }

    /// Every acknowledged write must stand in every log under its op, with one hash everywhere.
    /// Returns those that do not.
    func missing(of samples: [WriteSample]) async throws -> [WriteSample] {
        let acknowledged = samples.filter { $0.acknowledgedOp != nil }
        let ops = acknowledged.compactMap(\.acknowledgedOp)
        guard let first = ops.min(), let last = ops.max() else { return [] }
        var lost: Set<WriteSample> = []
        var hashes: [UInt64: String] = [:]
        for name in self.cluster.datacenters {
            var requests: [UInt64: String] = [:]
            var after = Op(first.number - 1)
            while after < last {
                let entries = try await self.headers(of: name, after: after, limit: Self.pageCount)
                guard let end = entries.last?["op"]?.unsigned, end > after.number else { break }
                for entry in entries {
                    guard let op = entry["op"]?.unsigned, let hash = entry["hash"]?.string else { continue }
                    let isSame = hashes.updateValue(hash, forKey: op).map { $0 == hash } ?? true
                    if isSame { requests[op] = entry["request"]?.string }
                }
                after = Op(end)
            }
            for sample in acknowledged {
                let op = sample.acknowledgedOp?.number ?? 0
                if requests[op] != self.content.request(of: sample.number) { lost.insert(sample) }
            }
        }
        return lost.sorted { $0.number < $1.number }
    }

    private func headers(of datacenter: DatacenterID, after op: Op, limit: Int) async throws -> [JSONValue] {
        let target = "/v1/changes?after=\(op)&limit=\(limit)"
        return try await self.cluster.document(
            target,
            of: datacenter,
            deadlineMilliseconds: Self.deadlineMilliseconds
        )["entries"]?.items ?? []
    }

    private func checkReceipts(_ acknowledged: [WriteSample], _ findings: inout Findings) async {
        let ops = acknowledged.compactMap(\.acknowledgedOp)
        var results: [(op: Op, holders: Result<Int, DrillError>)] = []
        await withTaskGroup(of: (op: Op, holders: Result<Int, DrillError>).self) { group in
            var rest = ops[...]
            for _ in 0..<Self.receiptsInFlightMax {
                guard let op = rest.popFirst() else { break }
                group.addTask { (op, await self.holders(of: op)) }
            }
            for await result in group {
                results.append(result)
                if let op = rest.popFirst() { group.addTask { (op, await self.holders(of: op)) } }
            }
        }
        findings.receiptsCheckedCount = results.count
        for result in results.sorted(by: { $0.op < $1.op }) {
            switch result.holders {
            case .success(let count):
                findings.receiptsValidCount += 1
                if count == self.cluster.nodes.count { findings.receiptsWholeCount += 1 }
            case .failure(let error):
                if findings.receiptProblems.count < Self.problemsMax {
                    findings.receiptProblems.append("op \(result.op): \(error)")
                }
            }
        }
    }

    /// How many datacentres sign that they hold `op` with all its blobs, asked anew.
    private func holders(of op: Op) async -> Result<Int, DrillError> {
        do {
            let receipt = try await DrillSignature.receipt(of: op, from: self.cluster)
            return .success(try receipt.verify(members: self.members).count)
        } catch {
            return .failure(DrillError("\(error)"))
        }
    }

    private func listOrphans(_ findings: inout Findings) async throws {
        let prefix = "drill-\(self.content.drillID)-"
        for name in self.cluster.datacenters {
            let list = try await self.cluster.document(
                "/v1/orphans",
                of: name,
                deadlineMilliseconds: Self.deadlineMilliseconds
            )
            for orphan in list["orphans"]?.items ?? [] {
                guard let hash = orphan["hash"]?.string, let request = orphan["request"]?.string,
                    request.hasPrefix(prefix)
                else { continue }
                findings.orphans.append((hash, name, request))
            }
        }
    }
}
