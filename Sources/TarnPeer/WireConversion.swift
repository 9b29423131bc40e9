internal import FoundationEssentials
internal import TarnConsensus
internal import TarnCore

/// Between the values of the consensus core and their messages in `proto/`. Decoding is strict: every field is checked
/// against its limit.
struct WireConversion<Codec: EntryBodyCodec> {
    let codec: Codec

    // MARK: - Deliver

    func request(_ messages: [Message], inline: [StoredBlob]) -> WireDeliverRequest {
        var request = WireDeliverRequest()
        request.messages = messages.map { self.wire($0) }
        request.inline = inline.map { Self.wire($0) }
        request.takesAnswers = true
        return request
    }

    func reply(_ messages: [Message]) -> WireDeliverReply {
        var reply = WireDeliverReply()
        reply.messages = messages.map { self.wire($0) }
        return reply
    }

    func content(of request: WireDeliverRequest) throws -> (messages: [Message], inline: [StoredBlob]) {
        (try self.messages(request.messages), try request.inline.map { try Self.blob($0) })
    }

    func messages(_ wires: [WireReplicaMessage]) throws -> [Message] {
        try Self.check(wires.count, "messages", max: Limits.peerMessagesMax)
        var budget = BodyBudget()
        var messages: [Message] = []
        messages.reserveCapacity(wires.count)
        for wire in wires { messages.append(try self.message(wire, budget: &budget)) }
        return messages
    }

    private func wire(_ message: Message) -> WireReplicaMessage {
        var wire = WireReplicaMessage()
        switch message {
        case .prepare(let view, let entry, let commit):
            wire.prepare.view = view.number
            wire.prepare.entry = self.wire(entry)
            wire.prepare.commit = commit.number
        case .entries(let view, let logView, let entries, let commit):
            wire.entries.view = view.number
            wire.entries.logView = logView.number
            wire.entries.entries = entries.map { self.wire($0) }
            wire.entries.commit = commit.number
        case .prepareOk(let view, let acknowledgements):
            wire.prepareOk.view = view.number
            wire.prepareOk.acknowledgements = acknowledgements.map {
                var wire = WireAcknowledgement()
                wire.op = $0.op.number
                wire.entry = Data($0.entry.bytes)
                return wire
            }
        case .heartbeat(let view, let commit):
            wire.heartbeat.view = view.number
            wire.heartbeat.commit = commit.number
        case .getEntries(let after):
            wire.getEntries.after = after.number
        case .exitView, .joinView, .view, .standing, .readBarrier, .readOk:
            wire.kind = Self.viewKind(of: message)
        }
        return wire
    }

    private func message(_ wire: WireReplicaMessage, budget: inout BodyBudget) throws -> Message {
        switch wire.kind {
        case .prepare(let prepare):
            let entry = try self.entry(prepare.entry, budget: &budget)
            return .prepare(view: View(prepare.view), entry: entry, commit: Op(prepare.commit))
        case .entries(let entries):
            var decoded: [LogEntry] = []
            for wire in entries.entries { decoded.append(try self.entry(wire, budget: &budget)) }
            return .entries(
                view: View(entries.view),
                logView: View(entries.logView),
                entries: decoded,
                commit: Op(entries.commit)
            )
        case .prepareOk(let prepareOk):
            try Self.check(prepareOk.acknowledgements.count, "acknowledgements", max: Limits.peerAcknowledgementsMax)
            let acknowledgements = try prepareOk.acknowledgements.map {
                Message.Acknowledgement(op: Op($0.op), entry: try Self.digest($0.entry, "an acknowledged entry"))
            }
            return .prepareOk(view: View(prepareOk.view), acknowledgements: acknowledgements)
        case .heartbeat(let heartbeat):
            return .heartbeat(view: View(heartbeat.view), commit: Op(heartbeat.commit))
        case .getEntries(let getEntries):
            return .getEntries(after: Op(getEntries.after))
        case .exitView, .joinView, .beginView, .standing, .readBarrier, .readOk, nil:
            return try Self.viewMessage(wire.kind)
        }
    }

    private func wire(_ entry: LogEntry) -> WireEntry {
        let body = self.codec.packed(entry.body)
        var wire = WireEntry()
        wire.header = Data(entry.header.encoded())
        wire.body = Data(body.bytes)
        wire.codec = UInt32(body.codec.rawValue)
        return wire
    }

    private func entry(_ wire: WireEntry, budget: inout BodyBudget) throws -> LogEntry {
        try self.codec.entry(
            header: [UInt8](wire.header),
            body: [UInt8](wire.body),
            codec: UInt64(wire.codec),
            budget: &budget
        )
    }

    private static func wire(_ blob: StoredBlob) -> WireInlineBlob {
        var wire = WireInlineBlob()
        wire.address = Data(blob.address.bytes)
        wire.kind = UInt32(blob.kind.rawValue)
        wire.codec = UInt32(blob.codec.rawValue)
        wire.rawBytesCount = UInt64(blob.rawBytesCount)
        wire.bases = blob.bases.map { Data($0.bytes) }
        wire.bytes = Data(blob.bytes)
        return wire
    }

    private static func blob(_ wire: WireInlineBlob) throws -> StoredBlob {
        try StoredBlob(
            peerAddress: Self.digest(wire.address, "a blob's address"),
            kind: UInt64(wire.kind),
            codec: UInt64(wire.codec),
            rawBytesCount: wire.rawBytesCount,
            bases: try wire.bases.map { try Self.digest($0, "a blob's base") },
            bytes: [UInt8](wire.bytes)
        )
    }

    // MARK: - Gossip

    static func wire(_ heads: Heads) -> WireHeadsMessage {
        var wire = WireHeadsMessage()
        wire.nonce = heads.nonce
        wire.echo = heads.echo
        wire.heads = heads.heads.map { head in
            var wire = WireHead()
            wire.datacenter = head.datacenter.name
            wire.view = head.view.number
            wire.op = head.op.number
            wire.commit = head.commit.number
            wire.prefixComplete = head.prefixComplete.number
            wire.root = Data(head.root.bytes)
            wire.missingBytesCount = head.missingBytesCount
            wire.diskFreeBytesCount = head.diskFreeBytesCount
            wire.trouble = Self.cut(head.trouble)
            wire.clockMicroseconds = head.clockMicroseconds
            wire.logView = head.logView.number
            wire.participates = head.participates
            return wire
        }
        return wire
    }

    static func heads(_ wire: WireHeadsMessage) throws -> Heads {
        try Self.check(wire.heads.count, "heads", max: Limits.peerHeadsMax)
        let heads = try wire.heads.map { head in
            let datacenter: DatacenterID
            do throws(CoreError) {
                datacenter = try DatacenterID(head.datacenter)
            } catch {
                throw PeerError(.malformed, error.message)
            }
            return Heads.Head(
                datacenter: datacenter,
                view: View(head.view),
                logView: View(head.logView),
                op: Op(head.op),
                commit: Op(head.commit),
                prefixComplete: Op(head.prefixComplete),
                root: try Self.digest(head.root, "a root"),
                missingBytesCount: head.missingBytesCount,
                diskFreeBytesCount: head.diskFreeBytesCount,
                trouble: Self.cut(head.trouble),
                clockMicroseconds: head.clockMicroseconds,
                participates: head.participates
            )
        }
        return Heads(nonce: wire.nonce, echo: wire.echo, heads: heads)
    }

    /// A line for people, cut to what one may take. It is cut at both ends of the wire: to refuse a whole exchange of
    /// heads for the length of one would make a member deaf that has something to complain about.
    private static func cut(_ trouble: String) -> String {
        guard trouble.utf8.count > Limits.peerTroubleBytesMax else { return trouble }
        let ellipsis = "…"
        let bytesMax = Limits.peerTroubleBytesMax - ellipsis.utf8.count
        var end = trouble.utf8.index(trouble.utf8.startIndex, offsetBy: bytesMax)
        while end.samePosition(in: trouble.unicodeScalars) == nil { end = trouble.utf8.index(before: end) }
        return String(trouble.unicodeScalars[..<end]) + ellipsis
    }

    // MARK: - Private

    static func digest(_ data: Data, _ what: String) throws(PeerError) -> Digest {
        guard let digest = Digest(bytes: data) else {
            throw PeerError(.malformed, "\(what) of \(data.count) bytes; a hash has \(Digest.byteCount)")
        }
        return digest
    }

    static func check(_ count: Int, _ what: String, max: Int) throws(PeerError) {
        guard count <= max else { throw PeerError(.tooLarge, "\(count) \(what); at most \(max) are allowed") }
    }
}
