internal import TarnConsensus
internal import TarnCore
internal import TarnMerkle

/// What clients do: write, read, and ask again.
extension Simulation {
    /// After this a client asks another member.
    private static let clientPatienceTicks: UInt64 = 200
    /// Contents that are remembered to be written again.
    private static let contentsMax = 64

    mutating func runClients() {
        let patience = Self.clientPatienceTicks * self.plan.stepsPerTick
        for index in self.clients.indices where self.clients[index].restsUntil <= self.now {
            switch self.clients[index].state {
            case .idle:
                // A healed cluster comes to rest.
                if self.isHealed, self.now > self.healedAt + 400, self.committedCount > self.healedCount + 3 {
                    continue
                }
                self.begin(index)
            case .writing(let changes, let member, let since):
                guard member == nil || self.now - since > patience else { continue }
                self.clients[index].member = (self.clients[index].member + 1) % self.members.count
                self.stage(changes, client: index)
            case .reading(_, let floor, _, let since):
                guard self.now - since > patience else { continue }
                self.clients[index].member = (self.clients[index].member + 1) % self.members.count
                self.read(index, floor: floor)
            }
        }
    }

    private mutating func begin(_ index: Int) {
        let onlyPuts = self.plan.writeIntervalSteps != nil
        if !onlyPuts, self.workload.chance(percent: 20) { return self.read(index, floor: self.acknowledgedHead) }
        self.clients[index].number += 1
        var changes: [Change] = []
        for _ in 0..<self.workload.within(1...3) {
            let text = "/workspace/d\(self.workload.below(4))/f\(self.workload.below(12))"
            let path = NamespacePath(unchecked: Array(text.utf8))
            if !onlyPuts, self.workload.chance(percent: 10) {
                changes.append(Change(path: path, action: .delete(recursive: false)))
            } else if let entry = try? Entry.file(content: self.content(), size: 100, manifest: nil) {
                changes.append(Change(path: path, action: .put(entry)))
            }
        }
        self.stage(changes, client: index)
    }

    /// Something new, or what some file was before: it may be stored still, condemned, or gone.
    private mutating func content() -> Digest {
        if !self.contents.isEmpty, self.workload.chance(percent: 25) { return self.workload.pick(self.contents) }
        let content = self.workload.digest()
        if self.contents.count < Self.contentsMax {
            self.contents.append(content)
        } else {
            self.contents[self.workload.below(Self.contentsMax)] = content
        }
        return content
    }

    // MARK: Writes

    /// Blobs are durable on the primary before the set is ordered.
    private mutating func stage(_ changes: [Change], client index: Int) {
        let member = self.clients[index].member
        self.clients[index].state = .writing(changes: changes, member: nil, since: self.now)
        self.clients[index].restsUntil = self.now + UInt64(self.workload.within(3...20))
        guard self.members[member].isRunning(at: self.now),
            self.members[member].replica?.canSubmit == .ready, self.members[member].disk.fullUntil <= self.now
        else { return }
        self.clients[index].state = .writing(changes: changes, member: member, since: self.now)
        // What is there already is not sent.
        let missing = self.members[member].missing(Self.blobs(of: changes))
        self.members[member].disk.append([], blobs: missing, .staged(client: index), now: self.now)
    }

    private static func blobs(of changes: [Change]) -> [BlobAddress] {
        var blobs: [BlobAddress] = []
        for change in changes {
            if case .put(let entry) = change.action { blobs.append(entry.content) }
        }
        return blobs
    }

    mutating func submitStaged(client index: Int, on member: Int) {
        guard case .writing(let changes, let asked, _) = self.clients[index].state, asked == member,
            self.members[member].replica?.canSubmit == .ready, self.members[member].noopView == nil
        else { return }
        let request = self.clients[index].request
        if self.plan.mutant != .ordersTwice {
            if self.members[member].requestsInFlight[request] != nil { return }
            switch self.members[member].clients.lookup(request) {
            case .committed(let op): return self.finishWrite(index, op)
            case .forgotten: return self.checker.fail("I10: request \(request) is forgotten while it is asked for")
            case .unseen: break
            }
        }
        guard self.members[member].missing(Self.blobs(of: changes)).isEmpty else {
            // It was collected, or rotted, since it was staged.
            self.clients[index].state = .writing(changes: changes, member: nil, since: self.now)
            return
        }
        do throws(NamespaceError) {
            let set = try self.members[member].line.head.namespace.resolve(changes)
            guard !set.changes.isEmpty else { return self.rest(index) }
            self.order(.changeSet, body: set.encoded(), blobs: set.blobs.count, request: request, on: member)
        } catch {
            // Judged against a state that may never be: the client tries something else.
            self.rest(index)
        }
    }

    private mutating func rest(_ index: Int) {
        self.clients[index].state = .idle
        self.clients[index].restsUntil = self.nextBegin(of: index)
    }

    /// When a client begins something new. At a steady pace the clients take turns, and each keeps to its own.
    private mutating func nextBegin(of index: Int) -> UInt64 {
        guard let interval = self.plan.writeIntervalSteps else {
            return self.now + UInt64(self.workload.within(1...30))
        }
        let (turn, round) = (interval * UInt64(index), interval * UInt64(self.clients.count))
        guard self.now >= turn else { return turn }
        return turn + ((self.now - turn) / round + 1) * round
    }

    /// Makes an entry and has the replica of `index`, which leads, order it.
    mutating func order(_ kind: LogHeader.Kind, body: [UInt8], blobs: Int, request: RequestID, on index: Int) {
        guard let replica = self.members[index].replica else { return }
        let head = self.members[index].line.head
        let clock = self.members[index].clockMicroseconds(at: self.now)
        let time = self.members[index].timestamps.next(clockMicroseconds: clock)
        var namespace = head.namespace
        if kind == .changeSet {
            guard let set = try? ChangeSet(decoding: body),
                (try? namespace.apply(set, op: head.header.op.next, timestampMicroseconds: time)) != nil
            else { return }
        }
        let header = LogHeader(
            op: head.header.op.next,
            view: replica.view,
            kind: kind,
            configurationEpoch: replica.epoch + (kind == .reconfigure ? 1 : 0),
            timestampMicroseconds: time,
            author: "",
            request: request,
            parent: head.hash,
            root: namespace.tree.root,
            body: QuickHash.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: UInt64(blobs),
            closureBytesCount: UInt64(blobs * 100)
        )
        let entry = LogEntry(header: header, body: body)
        self.members[index].line.append(entry, namespace)
        self.members[index].requestsInFlight[request] = header.op
        self.step(index, .submit(entry))
    }

    /// Tells the client whose request just committed at the member that it asked.
    mutating func answer(_ header: LogHeader, on member: Int) {
        guard header.kind == .changeSet,
            let index = self.clients.firstIndex(where: { $0.request == header.request }),
            case .writing(_, let asked, _) = self.clients[index].state, asked == member
        else { return }
        self.finishWrite(index, header.op)
    }

    /// I9, I10: what is acknowledged is committed, and is that request.
    private mutating func finishWrite(_ index: Int, _ op: Op) {
        let request = self.clients[index].request
        if self.checker[op]?.entry.header.request != request {
            self.checker.fail("I9: request \(request) is acknowledged as op \(op), which is another")
        }
        self.probes.writes += 1
        self.acknowledgedHead = max(self.acknowledgedHead, op)
        self.rest(index)
    }

    /// Whoever waits for an answer of this member learns that it does not know.
    mutating func forgetWaiting(on member: Int) {
        for index in self.clients.indices {
            switch self.clients[index].state {
            case .writing(let changes, let asked, _) where asked == member:
                self.clients[index].state = .writing(changes: changes, member: nil, since: self.now)
            default: break
            }
        }
    }

    // MARK: Reads

    private mutating func read(_ index: Int, floor: Op) {
        let member = self.clients[index].member
        let nonce = self.workload.next()
        self.clients[index].state = .reading(nonce: nonce, floor: floor, member: member, since: self.now)
        guard self.members[member].isRunning(at: self.now), let replica = self.members[member].replica,
            replica.isPrimary
        else {
            self.clients[index].member = (member + 1) % self.members.count
            self.clients[index].state = .idle
            self.clients[index].restsUntil = self.now + UInt64(self.workload.within(1...20))
            return
        }
        if self.plan.mutant == .readsWithoutBarrier {
            return self.answerRead(nonce, self.members[member].line.header.op, member)
        }
        self.step(member, .read(nonce: nonce))
    }

    /// I13: a linearizable read shows everything that was acknowledged before it began.
    mutating func answerRead(_ nonce: UInt64, _ op: Op, _ member: Int) {
        for index in self.clients.indices {
            guard case .reading(let own, let floor, _, _) = self.clients[index].state, own == nonce else { continue }
            if self.members[member].line.header.op < max(op, floor) {
                self.checker.fail(
                    "I13: a read at member \(member) shows op \(self.members[member].line.header.op), not \(floor)"
                )
            }
            self.probes.reads += 1
            self.rest(index)
        }
    }

    mutating func refuseRead(_ nonce: UInt64) {
        for index in self.clients.indices {
            if case .reading(let own, _, _, _) = self.clients[index].state, own == nonce { self.rest(index) }
        }
    }
}
