internal import TarnCore

/// The end of the log as the protocol needs it: every uncommitted entry, and the hashes of the newest committed ones.
///
/// `first ... commit ... stored ... head`: ops up to `commit` keep no body; ops up to `stored` are on disk, all of
/// them.
struct LogWindow: Sendable {
    struct Slot: Sendable {
        let hash: Digest
        let bodyBytesCount: Int
        let timestampMicroseconds: UInt64
        /// The entry while it is uncommitted.
        var entry: LogEntry?
        /// Who is known to hold the entry and every blob that it names durably; on a backup only itself.
        var holders: MemberSet = .empty
        /// When its Prepare last left.
        var sentAt: Tick?
        /// Whether something of it was durable here and cannot be read any more.
        var isFaulty = false
    }

    /// What an acknowledgement meant for a slot.
    enum Marking: Hashable {
        case new
        case repeated
        /// Committed too long ago to be remembered.
        case forgotten
        /// Another entry stands at that op.
        case different
        /// Above the head.
        case unknown
    }

    private(set) var commit: Op
    private(set) var stored: Op
    private(set) var head: Op
    /// Body bytes of the uncommitted entries.
    private(set) var uncommittedBytesCount = 0
    /// Body bytes of the entries that are not on disk.
    private(set) var unstoredBytesCount = 0
    /// Slots from `offset` on belong to `first...head`; those before it are gone and cut off now and then.
    private var slots: [Slot]
    private var offset = 0
    private var first: Op

    /// A log that ends in a committed entry.
    init(committed header: LogHeader, hash: Digest) {
        self.commit = header.op
        self.stored = header.op
        self.head = header.op
        self.first = header.op
        self.slots = [Slot(hash: hash, bodyBytesCount: 0, timestampMicroseconds: header.timestampMicroseconds)]
    }

    /// The hash of the newest committed entry.
    var commitHash: Digest { self.slot(self.commit).hash }
    var headHash: Digest { self.slots[self.slots.count - 1].hash }
    var headTimestampMicroseconds: UInt64 { self.slots[self.slots.count - 1].timestampMicroseconds }
    var uncommittedCount: Int { Int(self.head.number - self.commit.number) }
    var unstoredCount: Int { Int(self.head.number - self.stored.number) }
    var retainedCount: Int { self.slots.count - self.offset }

    /// The slot of `op`, or nil when it is above the head or forgotten.
    subscript(op: Op) -> Slot? {
        guard let index = self.index(of: op) else { return nil }
        return self.slots[index]
    }

    mutating func append(_ entry: LogEntry, hash: Digest) {
        precondition(entry.header.op == self.head.next, "op \(entry.header.op) after \(self.head)")
        precondition(entry.header.parent == self.headHash, "op \(entry.header.op) has another parent")
        self.slots.append(
            Slot(
                hash: hash,
                bodyBytesCount: entry.body.count,
                timestampMicroseconds: entry.header.timestampMicroseconds,
                entry: entry
            )
        )
        self.head = entry.header.op
        self.uncommittedBytesCount += entry.body.count
        self.unstoredBytesCount += entry.body.count
    }

    /// Notes that every entry up to `op` is on disk.
    mutating func markStored(through op: Op, hash: Digest) -> Marking {
        if let mismatch = self.mismatch(op, hash) { return mismatch }
        guard op > self.stored else { return .repeated }
        while self.stored < op {
            self.stored = self.stored.next
            self.unstoredBytesCount -= self.slot(self.stored).bodyBytesCount
        }
        return .new
    }

    /// Notes that `member` holds `op` durably.
    mutating func markHeld(_ op: Op, hash: Digest, by member: Int) -> Marking {
        if let mismatch = self.mismatch(op, hash) { return mismatch }
        guard let index = self.index(of: op) else { return .forgotten }
        return self.slots[index].holders.insert(member) ? .new : .repeated
    }

    /// Notes that everything of `op` can be read here, again or still.
    mutating func markReadable(_ op: Op, hash: Digest) {
        guard self.mismatch(op, hash) == nil, let index = self.index(of: op) else { return }
        self.slots[index].isFaulty = false
    }

    mutating func markFaulty(_ op: Op, hash: Digest) {
        guard self.mismatch(op, hash) == nil, let index = self.index(of: op) else { return }
        self.slots[index].isFaulty = true
    }

    /// Lets go of everything above `op`, which is not below the commit number.
    mutating func truncate(to op: Op) {
        precondition(op >= self.commit && op <= self.head, "cut at \(op) outside \(self.commit)...\(self.head)")
        while self.head > op {
            let last = self.slots.removeLast()
            self.uncommittedBytesCount -= last.bodyBytesCount
            if self.stored < self.head { self.unstoredBytesCount -= last.bodyBytesCount }
            self.head = Op(self.head.number - 1)
        }
        self.stored = min(self.stored, op)
    }

    /// Forgets who acknowledged the uncommitted entries in an earlier view, but for this member.
    mutating func forgetHolders(but own: Int) {
        var op = self.commit.next
        while op <= self.head, let index = self.index(of: op) {
            let isHeld = self.slots[index].holders.contains(own)
            self.slots[index].holders = isHeld ? MemberSet([own]) : .empty
            self.slots[index].sentAt = nil
            op = op.next
        }
    }

    mutating func markSent(_ op: Op, at now: Tick) {
        guard let index = self.index(of: op) else { return }
        self.slots[index].sentAt = now
    }

    /// Lets go of the bodies up to `op` and of what is remembered too long.
    mutating func commit(through op: Op) {
        precondition(op >= self.commit && op <= self.stored, "commit of \(op) outside \(self.commit)...\(self.stored)")
        while self.commit < op {
            self.commit = self.commit.next
            guard let index = self.index(of: self.commit) else { preconditionFailure("op \(self.commit) has no slot") }
            self.uncommittedBytesCount -= self.slots[index].bodyBytesCount
            self.slots[index].entry = nil
        }
        let remembered = UInt64(Limits.committedRetainedCount)
        if self.commit.number - self.first.number > remembered {
            self.offset += Int(self.commit.number - self.first.number - remembered)
            self.first = Op(self.commit.number - remembered)
        }
        // Cutting only when half is gone keeps the cost of an op constant.
        if self.offset > self.slots.count / 2 {
            self.slots.removeFirst(self.offset)
            self.offset = 0
        }
    }

    /// Why `hash` is not that of the slot at `op`; nil when it is.
    private func mismatch(_ op: Op, _ hash: Digest) -> Marking? {
        if op > self.head { return .unknown }
        guard let index = self.index(of: op) else { return .forgotten }
        return self.slots[index].hash == hash ? nil : .different
    }

    private func slot(_ op: Op) -> Slot {
        guard let index = self.index(of: op) else {
            preconditionFailure("op \(op) has no slot in \(self.first)...\(self.head)")
        }
        return self.slots[index]
    }

    private func index(of op: Op) -> Int? {
        guard op >= self.first, op <= self.head else { return nil }
        return self.offset + Int(op.number - self.first.number)
    }
}
