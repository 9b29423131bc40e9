internal import FoundationEssentials
internal import TarnConsensus
internal import TarnCore

/// The messages of view changes and reads.
extension WireConversion {
    static func viewKind(of message: Message) -> WireReplicaMessage.OneOf_Kind? {
        switch message {
        case .exitView(let view):
            var wire = WireExitView()
            wire.view = view.number
            return .exitView(wire)
        case .joinView(let view, let vote): return .joinView(Self.wire(vote, for: view))
        case .view(let log, let session):
            var wire = WireBeginView()
            wire.view = log.view.number
            wire.base = Self.wire(log.base)
            wire.suffix = log.suffix.map { Data($0.encoded()) }
            wire.session = session
            return .beginView(wire)
        case .standing(let view, let head, let session):
            var wire = WireStanding()
            wire.view = view.number
            wire.head = head.number
            wire.session = session
            return .standing(wire)
        case .readBarrier(let view, let nonce): return .readBarrier(Self.barrier(view, nonce))
        case .readOk(let view, let nonce): return .readOk(Self.barrier(view, nonce))
        case .prepare, .entries, .prepareOk, .heartbeat, .getEntries: return nil
        }
    }

    static func viewMessage(_ kind: WireReplicaMessage.OneOf_Kind?) throws -> Message {
        switch kind {
        case .exitView(let wire): return .exitView(view: View(wire.view))
        case .joinView(let wire): return .joinView(view: View(wire.view), vote: try Self.vote(wire))
        case .beginView(let wire):
            try Self.check(wire.suffix.count, "headers of a view's log", max: Limits.peerSuffixMax)
            let base = try Self.acknowledgement(wire.base)
            let suffix = try wire.suffix.map { try Self.header([UInt8]($0)) }
            try Self.checkOps(suffix, after: base.op)
            return .view(CanonicalLog(view: View(wire.view), base: base, suffix: suffix), session: wire.session)
        case .standing(let wire): return .standing(view: View(wire.view), head: Op(wire.head), session: wire.session)
        case .readBarrier(let wire): return .readBarrier(view: View(wire.view), nonce: wire.nonce)
        case .readOk(let wire): return .readOk(view: View(wire.view), nonce: wire.nonce)
        case .prepare, .entries, .prepareOk, .heartbeat, .getEntries, nil:
            throw PeerError(.malformed, "a consensus message of no known kind")
        }
    }

    private static func wire(_ vote: Vote, for view: View) -> WireJoinView {
        var wire = WireJoinView()
        wire.view = view.number
        wire.logView = vote.logView.number
        wire.commit = Self.wire(vote.commit)
        wire.suffix = vote.suffix.map { item in
            var wire = WireVoteItem()
            wire.header = Data(item.header.encoded())
            wire.holding = UInt32(item.holding.rawValue)
            return wire
        }
        wire.faults = vote.faults.map { Self.wire($0) }
        wire.isTrusted = vote.isTrusted
        wire.session = vote.session
        return wire
    }

    private static func vote(_ wire: WireJoinView) throws -> Vote {
        try Self.check(wire.suffix.count, "headers of a vote", max: Limits.peerSuffixMax)
        try Self.check(wire.faults.count, "faults of a vote", max: Limits.peerSuffixMax)
        let commit = try Self.acknowledgement(wire.commit)
        let suffix = try wire.suffix.map { item in
            guard let holding = UInt8(exactly: item.holding).flatMap(Vote.Item.Holding.init) else {
                throw PeerError(.malformed, "a vote's entry is held in unknown way \(item.holding)")
            }
            return Vote.Item(header: try Self.header([UInt8](item.header)), holding: holding)
        }
        try Self.checkOps(suffix.map(\.header), after: commit.op)
        return Vote(
            logView: View(wire.logView),
            commit: commit,
            suffix: suffix,
            faults: try wire.faults.map { try Self.acknowledgement($0) },
            isTrusted: wire.isTrusted,
            session: wire.session
        )
    }

    private static func barrier(_ view: View, _ nonce: UInt64) -> WireReadBarrier {
        var wire = WireReadBarrier()
        wire.view = view.number
        wire.nonce = nonce
        return wire
    }

    private static func wire(_ acknowledgement: Message.Acknowledgement) -> WireAcknowledgement {
        var wire = WireAcknowledgement()
        wire.op = acknowledgement.op.number
        wire.entry = Data(acknowledgement.entry.bytes)
        return wire
    }

    private static func acknowledgement(_ wire: WireAcknowledgement) throws -> Message.Acknowledgement {
        Message.Acknowledgement(op: Op(wire.op), entry: try Self.digest(wire.entry, "an entry"))
    }

    private static func header(_ bytes: [UInt8]) throws -> LogHeader {
        do throws(CoreError) {
            return try LogHeader(decoding: bytes)
        } catch {
            throw PeerError(.malformed, "a header: \(error.message)")
        }
    }

    private static func checkOps(_ headers: [LogHeader], after op: Op) throws {
        for (index, header) in headers.enumerated() {
            guard op.number.addingReportingOverflow(UInt64(index) + 1) == (header.op.number, false) else {
                throw PeerError(.malformed, "header \(index + 1) after op \(op) has op \(header.op)")
            }
        }
    }
}
