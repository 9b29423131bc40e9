internal import TarnConsensus
internal import TarnCore

/// Mistakes that the mutants make at the edge of a replica.
extension Simulation {
    /// Hands a message to a replica, as a mutant would send or take it; most often as it is.
    mutating func take(_ message: Message, from: Int, to: Int) {
        guard let mutant = self.plan.mutant, let replica = self.members[to].replica else {
            return self.step(to, .message(from: from, message))
        }
        var (from, message) = (from, message)
        switch (mutant, message) {
        case (.votesWithScalars, .joinView(let view, let vote)):
            let logView = min(replica.logView, vote.logView)
            message = .joinView(view: view, vote: vote.distorted(logView: logView, suffix: []))
        case (.rotCountsAsDenial, .joinView(let view, let vote)):
            message = .joinView(
                view: view,
                vote: vote.distorted(suffix: vote.suffix.replacing(.fault, by: .headerOnly))
            )
        case (.headerIsNoDenial, .joinView(let view, let vote)):
            message = .joinView(
                view: view,
                vote: vote.distorted(suffix: vote.suffix.replacing(.headerOnly, by: .fault))
            )
        case (.acceptsStaleViews, .prepare(let view, let entry, let commit))
        where view < replica.view && replica.primary != self.members[to].seat:
            from = replica.primary
            message = .prepare(view: replica.view, entry: entry, commit: commit)
        case (.acknowledgesAfterVoting, .prepare(let view, let entry, _)) where view < replica.view:
            let hash = entry.header.hash(QuickHash.self)
            let acknowledgement = Message.Acknowledgement(op: entry.header.op, entry: hash)
            let answer = Message.prepareOk(view: view, acknowledgements: [acknowledgement])
            self.send(.message(answer, inline: []), from: to, to: from)
        case (.adoptsWithoutFetching, .view(let log, let session)):
            message = .view(CanonicalLog(view: log.view, base: log.base, suffix: []), session: session)
        default: break
        }
        self.step(to, .message(from: from, message))
    }
}

extension Vote {
    fileprivate func distorted(logView: View? = nil, suffix: [Item]) -> Vote {
        Vote(
            logView: logView ?? self.logView,
            commit: self.commit,
            suffix: suffix,
            faults: self.faults,
            isTrusted: self.isTrusted,
            session: self.session
        )
    }
}

extension [Vote.Item] {
    fileprivate func replacing(_ old: Vote.Item.Holding, by new: Vote.Item.Holding) -> [Vote.Item] {
        self.map { $0.holding == old ? Vote.Item(header: $0.header, holding: new) : $0 }
    }
}
