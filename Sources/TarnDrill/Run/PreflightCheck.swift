internal import TarnClient
internal import TarnCore

/// Asks the nodes for what a preflight judges.
package struct PreflightCheck: Sendable {
    private static let receiptsCount: UInt64 = 3
    private static let deadlineMilliseconds = 5_000

    private let cluster: DrillCluster
    private let folder: DrillFolder?
    private let hook: HookRunner?

    package init(cluster: DrillCluster, folder: DrillFolder?, hook: HookRunner?) {
        self.cluster = cluster
        self.folder = folder
        self.hook = hook
    }

    package func evidence() async -> Preflight.Evidence {
        var evidence = Preflight.Evidence(datacenters: self.cluster.datacenters)
        for name in self.cluster.datacenters {
            do {
                evidence.observations.append(try await self.cluster.observe(name))
                evidence.cards.append(try await self.cluster.card(of: name))
                let text = try await self.cluster.text("/metrics", of: name)
                evidence.freeBytes[name] = ClusterConditions.value("tarn_free_bytes", in: text).map {
                    UInt64(max(0, $0))
                }
                let ready = try await self.cluster.ask(
                    name,
                    TransportRequest(.get, "/readyz", deadlineMilliseconds: Self.deadlineMilliseconds)
                )
                if !ready.isSuccess { evidence.troubles[name] = ready.message }
                let orphans = try await self.cluster.document("/v1/orphans", of: name)["orphans"]?.items ?? []
                evidence.openOrphansCount += orphans.count { $0["state"]?.string == "open" }
            } catch {
                evidence.troubles[name] = "\(error)"
            }
        }
        evidence.receipts = await self.receipts(evidence)
        evidence.unhealed = self.folder?.ids().filter { self.folder?.journal(of: $0)?.faults.isEmpty == false } ?? []
        do {
            evidence.actions = try await self.hook?.actions()
        } catch {
            evidence.hookFailure = "\(error)"
        }
        if let hook = self.hook, evidence.actions?.contains(.check) == true {
            for name in self.cluster.datacenters {
                do {
                    evidence.hookTroubles[name] = try await hook.trouble(finding: name)
                } catch {
                    evidence.hookTroubles[name] = "\(error)"
                }
            }
        }
        return evidence
    }

    private func receipts(_ evidence: Preflight.Evidence) async -> (valid: Int, checked: Int) {
        let head = evidence.observations.compactMap(\.own?.commit).min() ?? 0
        guard head > 0, evidence.observations.count == self.cluster.nodes.count, let card = evidence.cards.first else {
            return (0, 0)
        }
        var (valid, checked) = (0, 0)
        for op in (head - min(head - 1, Self.receiptsCount - 1))...head {
            checked += 1
            guard let receipt = try? await DrillSignature.receipt(of: Op(op), from: self.cluster),
                let holders = try? receipt.verify(members: card.members), holders.count == card.members.count
            else { continue }
            valid += 1
        }
        return (valid, checked)
    }
}
