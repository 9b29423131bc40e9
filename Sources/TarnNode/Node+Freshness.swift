internal import Logging
internal import Synchronization
internal import TarnConsensus
internal import TarnCore
internal import TarnPeer

/// How current this node's state is, and proving it.
extension Node {
    /// How long a read waits for a proof that keeps its bound.
    private static let proofPatienceMilliseconds: UInt64 = 1_000
    /// Before the next attempt: whoever leads may be found in a moment, and a peer that refuses at once must not be
    /// asked in a loop.
    private static let proofPause = Duration.milliseconds(20)
    /// The engine cuts a wait to whole ticks: one more, so that it does not end too early.
    private static let commitSlackMilliseconds = Int(Tick.milliseconds)

    package var proof: StateProof? {
        let head = self.head.op
        // Nobody else could have acknowledged anything.
        if self.clients.count == 1 { return StateProof(op: head, nanoseconds: WallClock.monotonicNanoseconds()) }
        return self.freshness.proof(committed: head)
    }

    package func proof(withinMilliseconds bound: UInt64) async throws -> StateProof {
        let deadline = WallClock.monotonicNanoseconds() + Self.proofPatienceMilliseconds * 1_000_000
        while true {
            let now = WallClock.monotonicNanoseconds()
            if let proof = self.proof, proof.ageMilliseconds(now: now) <= bound { return proof }
            guard now < deadline else { throw await self.staleness(bound) }
            let remaining = Duration.nanoseconds(Int64(deadline - now))
            guard let pending = await self.askForProof(within: remaining) else {
                try await Task.sleep(for: Self.proofPause)
                continue
            }
            let later = WallClock.monotonicNanoseconds()
            let left = later < deadline ? (deadline - later) / 1_000_000 : 0
            _ = await self.engine.wait(for: pending.op, milliseconds: Int(left) + Self.commitSlackMilliseconds)
        }
    }

    /// Why `bound` cannot be kept.
    private func staleness(_ bound: UInt64) async -> NodeError {
        let known =
            self.proof.map {
                "what was acknowledged until \($0.ageMilliseconds(now: WallClock.monotonicNanoseconds())) ms ago"
            } ?? "nothing of what others acknowledged"
        return NodeError(
            .unavailable,
            "read=\(ReadLevel.bounded(milliseconds: bound)) cannot be kept: \(self.datacenter) can prove to have "
                + "\(known); ask another datacentre, or read=local for what is here"
        )
    }

    /// Has an exchange of heads with the primary, or as the primary with anybody; what it proves, or nil.
    private func askForProof(within patience: Duration) async -> StateProof? {
        let primary = self.engine.primary
        guard primary == self.own else { return await self.exchangeHeads(with: primary, within: patience) }
        let others = self.clients.indices.filter { $0 != self.own }
        return await withTaskGroup(of: StateProof?.self) { group in
            for member in others {
                group.addTask { await self.exchangeHeads(with: member, within: patience) }
            }
            for await proof in group {
                guard let proof else { continue }
                group.cancelAll()
                return proof
            }
            return nil
        }
    }

    /// Tells `member` how this node stands, notes what it answers, and returns what that proves once the proof's op is
    /// committed here; nil when it proves nothing.
    @discardableResult
    func exchangeHeads(with member: Int, within patience: Duration) async -> StateProof? {
        guard let client = self.clients[member] else { return nil }
        let nonce = self.headsCount.add(1, ordering: .relaxed).newValue
        let proofStart = WallClock.monotonicNanoseconds()
        let heads = await self.allHeads()
        do {
            let start = WallClock.monotonicNanoseconds()
            let answer = try await client.gossip(Heads(nonce: nonce, echo: 0, heads: heads), within: patience)
            guard answer.echo == nonce else { return nil }
            let elapsed = Double(WallClock.monotonicNanoseconds() - start) / 1_000_000
            self.peers.note(roundTripMilliseconds: elapsed, of: client.peer)
            await self.note(answer, from: client.peer)
            // Two that only learn may be in one view for a while that whoever votes has left.
            guard self.membership.isQuorum([self.own, member]),
                let other = answer.heads.first(where: { $0.datacenter == client.peer })
            else { return nil }
            let leader = self.addresses[heads[0].view.primaryIndex].datacenter
            guard let proof = Freshness.proof(own: heads[0], other: other, primary: leader, start: proofStart) else {
                return nil
            }
            self.freshness.note(proof)
            return proof
        } catch {
            self.logger.debug("no answer", metadata: ["peer": "\(client.peer)", "error": "\(error)"])
            return nil
        }
    }
}
