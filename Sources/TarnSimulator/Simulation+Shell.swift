internal import TarnConsensus
internal import TarnCore
internal import TarnMerkle
internal import TarnSegment

/// What a node does around its replica.
extension Simulation {
    private static let inlineMax = 256

    mutating func deliver(_ packet: SimulatedNetwork.Packet) {
        let to = packet.to
        guard self.members[to].isRunning(at: self.now), let from = self.seat(of: packet) else { return }
        switch packet.parcel {
        case .message(let message, let inline):
            if self.members[to].inline.count < Self.inlineMax { self.members[to].inline += inline }
            self.take(message, from: from, to: to)
        case .heads(let heads, _):
            for (member, head) in heads where member != to {
                guard let seat = member == packet.from ? from : self.members[to].seat(of: member) else { continue }
                self.members[to].knownHeads[seat] = head
                self.step(to, .peerHead(member: seat, head: head, isDirect: member == packet.from))
            }
        case .want(let blobs):
            let held = blobs.filter { self.members[to].disk.holds($0) }
            if !held.isEmpty { self.send(.blobs(held), from: to, to: from) }
        case .blobs(let blobs): self.receive(blobs, on: to)
        }
    }

    mutating func perform(_ output: Replica.Output, _ index: Int) {
        switch output {
        case .persist(let entry): self.persist(entry, index)
        case .send(let to, let message): self.dispatch(message, from: index, to: to)
        case .commit(let through): self.commit(through, index)
        case .fetchEntries(let from, let after):
            self.probes.bulkRequests += 1
            self.send(.message(.getEntries(after: after), inline: []), from: index, to: from)
        case .sendEntries(let to, let view, let logView, let after, let through, let commit):
            let entries = self.members[index].entries(after: after, through: through)
            guard !entries.isEmpty else { return }
            let message = Message.entries(view: view, logView: logView, entries: entries, commit: commit)
            self.send(.message(message, inline: []), from: index, to: to)
        case .persistView(let view):
            self.probes.viewChanges += 1
            self.fold(view.number)
            self.members[index].disk.update(.viewPersisted(view), now: self.now) { $0.view = max($0.view, view) }
            if self.plan.mutant == .votesBeforeDurable { self.later(index, .viewPersisted(view)) }
        case .install(let view, let after, let entries, let head):
            self.install(view, after: after, entries, head: head, index)
        case .truncate(let to): self.truncate(to, index)
        case .adopt(let after, let entries): self.adopt(entries, after: after, index)
        case .lead(let view): self.lead(view, index)
        case .follow: self.follow(index)
        case .trust:
            self.probes.trusts += 1
            self.members[index].disk.update(.nothing, now: self.now) { $0.isTrusted = true }
        case .readable(let nonce, let op): self.answerRead(nonce, op, index)
        case .readRefused(let nonce): self.refuseRead(nonce)
        case .orderReconfiguration(let change): self.order(change, index)
        case .reconfigurationRefused: break
        case .reconfigured(let op): self.onReconfigured(at: op, index)
        case .reject(let op, let rejection): self.checker.fail("op \(op) is rejected: \(rejection)")
        case .halt(let reason): self.checker.fail("member \(index) halts: \(reason)")
        case .trace(let trace): self.probe(trace)
        }
    }

    private mutating func probe(_ trace: Replica.Trace) {
        switch trace {
        case .askedForEntries: self.probes.repairs += 1
        case .resent: self.probes.resends += 1
        case .undecided: self.probes.undecided += 1
        default: break
        }
    }

    // MARK: Disk

    private mutating func persist(_ entry: LogEntry, _ index: Int) {
        let hash = entry.header.hash(QuickHash.self)
        self.fold(entry.header.op.number)
        let acknowledgement = Message.Acknowledgement(op: entry.header.op, entry: hash)
        self.members[index].accepted[entry.header.op.number] = entry
        let blobs = entry.blobs
        let missing = self.members[index].needed(self.members[index].missing(blobs), of: entry.header.op)
        // Without room for blobs the entry is kept and not acknowledged until there is.
        let hasRoom = self.members[index].disk.fullUntil <= self.now
        let isComplete = missing.isEmpty || hasRoom && missing.allSatisfy { self.members[index].inline.contains($0) }
        var records = [SimulatedDisk.Record.entry(entry, hash, blobs)]
        if isComplete { records.append(.acknowledgement(entry.header.op, hash)) }
        let completion =
            isComplete
            ? SimulatedDisk.Completion.durable([acknowledgement]) : .stored(acknowledgement)
        self.members[index].disk.append(records, blobs: isComplete ? missing : [], completion, now: self.now)
        if !isComplete { self.queueJob(entry, on: index) }
        if !missing.isEmpty { self.members[index].inline.removeAll { missing.contains($0) } }
        switch self.plan.mutant {
        case .acknowledgesBeforeDurable where self.members[index].replica?.isPrimary == false,
            .countsBeforeDurable where self.members[index].replica?.isPrimary == true:
            self.later(index, .durable([acknowledgement]))
        case .observerAcknowledgesHeaders where self.members[index].seat == 2:
            self.later(index, .durable([acknowledgement]))
        case .storesTooEarly where self.members[index].replica?.isPrimary == false:
            self.later(index, .stored(through: acknowledgement))
        default: break
        }
    }

    /// A completion that a mutant makes up.
    private mutating func later(_ index: Int, _ input: Replica.Input) { self.step(index, input) }

    private mutating func install(
        _ view: View,
        after: Op,
        _ entries: [LogEntry],
        head: Message.Acknowledgement,
        _ index: Int
    ) {
        self.probes.installations += 1
        if !entries.isEmpty { self.probes.adoptions += 1 }
        var records = entries.map { SimulatedDisk.Record.entry($0, $0.header.hash(QuickHash.self), $0.blobs) }
        let named = self.plan.mutant == .forgetsLogView ? self.members[index].replica?.logView ?? view : view
        records.append(.head(named, head.op, head.entry))
        self.members[index].disk.append(records, blobs: [], .installed(view), now: self.now)
    }

    private mutating func truncate(_ to: Message.Acknowledgement, _ index: Int) {
        self.probes.truncations += 1
        let logView = self.members[index].replica?.logView ?? View(0)
        self.members[index].disk.append([.head(logView, to.op, to.entry)], blobs: [], .nothing, now: self.now)
        self.adopt([], after: to.op, index)
    }

    private mutating func adopt(_ entries: [LogEntry], after: Op, _ index: Int) {
        let superseded = self.members[index].accepted.keys.filter { $0 > after.number }.sorted()
        for op in superseded {
            guard let entry = self.members[index].accepted.removeValue(forKey: op) else { continue }
            self.members[index].requestsInFlight[entry.header.request] = nil
            self.members[index].jobs.removeAll { $0.acknowledgement.op.number == op }
            self.probes.orphans += 1
        }
        self.members[index].line.rollBack()
        for entry in entries {
            self.members[index].accepted[entry.header.op.number] = entry
            self.members[index].requestsInFlight[entry.header.request] = entry.header.op
            self.queueJob(entry, on: index)
        }
        // The superblock follows the record that names the log view, never the other way round.
        let logView = self.members[index].replica?.logView ?? View(0)
        self.members[index].disk.update(.nothing, now: self.now) { superblock in
            superblock.logView = max(superblock.logView, logView)
            superblock.view = max(superblock.view, logView)
        }
    }

    /// Has the blobs of `entry` fetched, and its acknowledgement written when they are here.
    mutating func queueJob(_ entry: LogEntry, on index: Int) {
        let hash = entry.header.hash(QuickHash.self)
        let acknowledgement = Message.Acknowledgement(op: entry.header.op, entry: hash)
        guard !self.members[index].jobs.contains(where: { $0.acknowledgement == acknowledgement }) else { return }
        let missing = self.members[index].missingBlobs(of: entry)
        self.members[index].jobs.append(SimulatedMember.Job(acknowledgement: acknowledgement, missing: missing))
    }

    private mutating func receive(_ blobs: [BlobAddress], on index: Int) {
        let new = blobs.filter { !self.members[index].disk.holds($0) }
        guard !new.isEmpty, self.members[index].disk.fullUntil <= self.now else { return }
        self.members[index].disk.append([], blobs: new, .nothing, now: self.now)
    }

    /// What a node does when time passes: completes what lacks blobs, begins its view.
    mutating func work(_ index: Int) {
        self.beginView(index)
        guard !self.members[index].jobs.isEmpty else {
            if self.disturbed == index, self.members[index].replica?.isTrusted == true { self.disturbed = nil }
            return
        }
        var wanted: [BlobAddress] = []
        for position in self.members[index].jobs.indices {
            let job = self.members[index].jobs[position]
            if job.isWriting { continue }
            var missing = job.missing.filter { !self.members[index].disk.holds($0) }
            missing = self.members[index].needed(missing, of: job.acknowledgement.op)
            let entry = self.members[index].disk.entry(at: job.acknowledgement.op, hash: job.acknowledgement.entry)
            // Before it is acknowledged, everything is looked at once more.
            if missing.isEmpty, let entry { missing = self.members[index].missingBlobs(of: entry) }
            self.members[index].jobs[position].missing = missing
            wanted += missing
            guard missing.isEmpty, entry != nil else { continue }
            self.members[index].jobs[position].isWriting = true
            let (op, hash) = (job.acknowledgement.op, job.acknowledgement.entry)
            let completion = SimulatedDisk.Completion.durable([job.acknowledgement])
            self.members[index].disk.append([.acknowledgement(op, hash)], blobs: [], completion, now: self.now)
        }
        self.members[index].jobs.removeAll { $0.isWriting }
        guard !wanted.isEmpty, self.now >= self.members[index].wantedAt else { return }
        self.members[index].wantedAt = self.now + 20
        self.members[index].wantTurn += 1
        let other = (self.members[index].seat + 1 + self.members[index].wantTurn % 2) % 3
        self.send(.want(wanted), from: index, to: other)
    }

    // MARK: Views

    private mutating func lead(_ view: View, _ index: Int) {
        guard let replica = self.members[index].replica else { return }
        self.checker.onLead(view, by: replica, self.members[index])
        if Role.allCases[self.members[index].seat] == .observer { self.probes.observerLeads += 1 }
        self.members[index].line.rollBack()
        var op = self.members[index].line.header.op.next
        self.members[index].requestsInFlight.removeAll()
        while op <= replica.head, let entry = self.members[index].accepted[op.number] {
            self.members[index].requestsInFlight[entry.header.request] = op
            switch StateLine.apply(entry, to: self.members[index].line.head.namespace) {
            case .success(let namespace): self.members[index].line.append(entry, namespace)
            case .failure(let flaw): return self.checker.fail("I8: \(flaw)")
            }
            op = op.next
        }
        let header = self.members[index].line.head.header
        self.members[index].timestamps.observe(header.timestampMicroseconds)
        self.members[index].noopView = header.view == view ? nil : view
    }

    private mutating func follow(_ index: Int) {
        self.members[index].noopView = nil
        self.members[index].line.rollBack()
        self.forgetWaiting(on: index)
    }

    private mutating func beginView(_ index: Int) {
        guard let view = self.members[index].noopView, let replica = self.members[index].replica,
            replica.view == view, replica.canSubmit == .ready
        else { return }
        self.members[index].noopView = nil
        self.order(.noop, body: [], blobs: 0, request: SimulatedClient.request("noop", view.number), on: index)
    }

    private mutating func commit(_ through: Op, _ index: Int) {
        while self.members[index].line.header.op < through, self.violation == nil {
            let op = self.members[index].line.header.op.next
            guard let entry = self.members[index].accepted.removeValue(forKey: op.number) else {
                return self.checker.fail("member \(index) commits op \(op) without having its entry")
            }
            self.checker.onCommit(entry, by: self.members[index])
            if let flaw = self.members[index].line.commit(entry) { return self.checker.fail("I8: \(flaw)") }
            self.members[index].clients.note(entry.header)
            self.members[index].noteFloor(entry)
            self.members[index].requestsInFlight[entry.header.request] = nil
            self.members[index].timestamps.observe(entry.header.timestampMicroseconds)
            self.fold(op.number)
            self.answer(entry.header, on: index)
        }
        if through.number % 8 == 0 || self.now % 50 == 0 {
            let commit = through
            guard commit > self.members[index].disk.superblock.commit else { return }
            self.members[index].disk.update(.nothing, now: self.now) { $0.commit = max($0.commit, commit) }
        }
    }

    // MARK: Messages

    private mutating func dispatch(_ message: Message, from index: Int, to: Int) {
        self.fold(UInt64(to + 1))
        var inline: [BlobAddress] = []
        switch message {
        case .prepareOk(_, let acknowledgements):
            for acknowledgement in acknowledgements {
                self.checker.onAcknowledge(acknowledgement, by: self.members[index])
            }
        case .prepare(let view, let entry, _):
            self.checker.onPrepare(entry, view: view, by: self.members[index])
            if self.plan.inlinePercent > 0, self.workload.chance(percent: self.plan.inlinePercent),
                let set = try? ChangeSet(decoding: entry.body)
            {
                inline = set.blobs.filter { self.members[index].disk.holds($0) }
            }
        case .joinView(let view, _): self.checker.onVote(view, by: self.members[index])
        default: break
        }
        self.send(.message(message, inline: inline), from: index, to: to)
    }
}
