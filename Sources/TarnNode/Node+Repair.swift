internal import Logging
internal import Synchronization
internal import TarnBlobStore
internal import TarnConsensus
package import TarnCore
internal import TarnCrypto
internal import TarnMerkle
package import TarnPeer

/// A state that is not the log's: noticed, and repaired.
extension Node {
    private static let pathsToldMax = 100

    /// Throws ``NodeError`` `unavailable` when this node's state is not to be trusted.
    package func checkServing() throws {
        guard let reason = self.state.trouble else { return }
        throw NodeError(.unavailable, "\(self.datacenter) does not serve: \(reason); ask another datacentre")
    }

    package func compare(_ question: TreeQuestion, from peer: DatacenterID) async throws -> TreeAnswer {
        let snapshot = try await self.archive.snapshot(at: .op(question.op))
        return await self.comparer.answer(question, from: snapshot.tree)
    }

    /// Compares roots with what a member said about itself. When they differ at one op, the log tells whose is wrong.
    func compareRoots(with head: Heads.Head) async {
        guard self.state.trouble == nil, head.trouble.isEmpty, head.root != .zero,
            let own = self.state.snapshot(at: head.commit)
        else { return }
        guard own.root != head.root else { return self.wrongRoots.withLock { $0.forget(head.datacenter) } }
        do {
            guard let op = try await self.firstDivergence() else {
                guard self.wrongRoots.withLock({ $0.isNew(head) }) else { return }
                return self.logger.error(
                    "another datacentre's root is not the log's",
                    metadata: ["peer": "\(head.datacenter)", "op": "\(head.commit)", "root": "\(head.root)"]
                )
            }
            let expected = try await self.root(inLogAt: op)
            await self.engine.halt(
                "op \(op): the log names root \(expected?.hex ?? "none"), this node's state has another one; "
                    + "'tarn repair --dc \(self.datacenter)' compares and repairs it"
            )
        } catch {
            self.logger.error("the log cannot be read to compare roots", metadata: ["error": "\(error)"])
        }
    }

    /// The oldest op in memory at which this node's root is not the one that its log names.
    private func firstDivergence() async throws -> Op? {
        for snapshot in self.state.recent {
            guard let root = try await self.root(inLogAt: snapshot.op), root != snapshot.root else { continue }
            return snapshot.op
        }
        return nil
    }

    private func root(inLogAt op: Op) async throws -> Digest? {
        try await self.store.entry(at: op)?.header.root
    }

    package func repair() async throws -> RepairReport {
        let snapshot = self.state.newest
        guard let entry = try await self.store.entry(at: snapshot.op) else {
            throw NodeError(.internalError, "op \(snapshot.op) is committed but not in the log")
        }
        var reasons: [String] = []
        for client in self.clients.compactMap(\.self) {
            do {
                let outcome = try await self.comparer.compare(snapshot.tree, at: snapshot.op, with: client)
                return try await self.settle(outcome, snapshot, entry.header, with: client.peer)
            } catch {
                try Task.checkCancellation()
                reasons.append("\(client.peer): \(error)")
            }
        }
        throw NodeError(.unavailable, "no datacentre could be compared with; \(reasons.joined(separator: "; "))")
    }

    private func settle(
        _ outcome: TreeComparer.Outcome,
        _ snapshot: Snapshot,
        _ header: LogHeader,
        with other: DatacenterID
    ) async throws -> RepairReport {
        func report(_ finding: RepairReport.Finding) -> RepairReport {
            RepairReport(
                finding: finding,
                other: other,
                op: snapshot.op,
                expectedRoot: header.root,
                root: snapshot.root,
                differencesCount: outcome.differences.count,
                paths: outcome.differences.prefix(Self.pathsToldMax).map(\.path),
                roundTripsCount: outcome.roundTripsCount,
                bytesCount: outcome.bytesCount
            )
        }
        if snapshot.root == header.root {
            guard self.state.trouble != nil else {
                return report(outcome.differences.isEmpty ? .equal : .otherDiverges)
            }
            // What did not come out is behind this state: the log is applied to it once more.
            self.end(.restart)
            return report(.repaired)
        }
        guard outcome.tree.root == header.root else {
            throw NodeError(.internalError, "its state at op \(snapshot.op) is not the log's either")
        }
        let blobs = outcome.differences.compactMap { $0.new?.blob }
        let manifests = outcome.differences.compactMap { $0.new?.manifest }
        if try await !self.store.missing(closureOf: blobs, manifests: manifests).isEmpty {
            try await self.fetcher.fetch(
                closureOf: blobs,
                manifests: manifests,
                preferring: self.index(of: other) ?? 0
            )
        }
        try await self.checkpointer.write(outcome.tree, at: header)
        self.logger.notice(
            "repaired; starting anew",
            metadata: ["op": "\(snapshot.op)", "differences": "\(outcome.differences.count)", "with": "\(other)"]
        )
        self.end(.restart)
        return report(.repaired)
    }
}
