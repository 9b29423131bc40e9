internal import TarnCore

/// A member on its way to the log of a view: what it lacks of it, and whom it asks.
///
/// First everything that is committed, which is appended as it comes. Then what is not, which is collected here and
/// written in one batch with the record that makes it the log: a log of a view is whole or not there at all.
struct Installation: Sendable {
    let log: CanonicalLog
    /// Hashes of the suffix's entries.
    let hashes: [Digest]
    /// Whom to ask, best first.
    let sources: [Int]
    /// The newest op that is known to be in the canonical log and in ours, once the committed part is here.
    var common: Op?
    /// Entries after `common`, in order.
    var entries: [LogEntry] = []
    /// Whether what we have after our commit number may not be canonical, so that it is looked at again.
    var isDoubtful = false
    var isWriting = false
    private(set) var asked: (member: Int, at: Tick)?
    private var attempts = 0

    init(log: CanonicalLog, hashes: [Digest], sources: [Int]) {
        precondition(!sources.isEmpty || log.suffix.isEmpty || hashes.count == log.suffix.count, "no hashes")
        self.log = log
        self.hashes = hashes
        self.sources = sources
    }

    func hash(at op: Op) -> Digest? {
        if op == self.log.base.op { return self.log.base.entry }
        guard op > self.log.base.op, op <= self.log.head else { return nil }
        return self.hashes[Int(op.number - self.log.base.op.number) - 1]
    }

    /// The next source to ask, or nil while an answer is awaited.
    mutating func nextSource(at now: Tick) -> Int? {
        if let asked {
            guard now.elapsed(since: asked.at) >= Timeouts.repairTicks else { return nil }
            self.attempts += 1
        }
        guard !self.sources.isEmpty else { return nil }
        let member = self.sources[self.attempts % self.sources.count]
        self.asked = (member, now)
        return member
    }

    mutating func answered() { self.asked = nil }

    /// Goes on to another source at the next request.
    mutating func distrust(_ member: Int) {
        guard self.asked?.member == member else { return }
        self.asked = nil
        self.attempts += 1
    }
}
