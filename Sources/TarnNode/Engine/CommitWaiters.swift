internal import TarnConsensus
internal import TarnCore

/// Callers that wait until an op is committed here, each with the tick after which it waits no longer.
///
/// Owned by the engine and touched only there; whoever takes waiters answers each of them exactly once.
struct CommitWaiters {
    /// Called with whether the op was committed in time.
    typealias Answer = (Bool) -> Void
    private static let countMax = 65_536

    private struct Waiter {
        let deadline: Tick
        let answer: Answer
    }

    private var waiters: [UInt64: [Waiter]] = [:]
    private var count = 0
    /// Nobody waits for an op up to this one.
    private var takenThrough: UInt64 = 0

    /// False when too many wait already; `answer` is then not kept.
    mutating func add(_ op: Op, deadline: Tick, _ answer: @escaping Answer) -> Bool {
        guard self.count < Self.countMax else { return false }
        self.takenThrough = min(self.takenThrough, op.number - min(op.number, 1))
        self.waiters[op.number, default: []].append(Waiter(deadline: deadline, answer: answer))
        self.count += 1
        return true
    }

    /// Those that waited for ops up to `op`.
    mutating func take(through op: Op) -> [Answer] {
        guard op.number > self.takenThrough, self.count > 0 else { return [] }
        var taken: [Answer] = []
        // Commits come one or a few at a time, while hundreds may wait for later ones.
        let numbers = self.takenThrough + 1...op.number
        for number in numbers.count <= self.waiters.count ? Array(numbers) : self.waiters.keys.filter(numbers.contains)
        {
            taken += self.waiters.removeValue(forKey: number)?.map(\.answer) ?? []
        }
        self.takenThrough = op.number
        self.count -= taken.count
        return taken
    }

    /// Those that waited for ops above `op`.
    mutating func take(above op: Op) -> [Answer] {
        var taken: [Answer] = []
        for number in self.waiters.keys.filter({ $0 > op.number }) {
            taken += self.waiters.removeValue(forKey: number)?.map(\.answer) ?? []
        }
        self.count -= taken.count
        return taken
    }

    /// Those whose time is over.
    mutating func takeExpired(now: Tick) -> [Answer] {
        guard self.count > 0 else { return [] }
        var taken: [Answer] = []
        for (number, waiting) in self.waiters where waiting.contains(where: { $0.deadline < now }) {
            taken += waiting.filter { $0.deadline < now }.map(\.answer)
            let left = waiting.filter { $0.deadline >= now }
            self.waiters[number] = left.isEmpty ? nil : left
        }
        self.count -= taken.count
        return taken
    }

    /// All of them: the node stops.
    mutating func takeAll() -> [Answer] {
        defer {
            self.waiters = [:]
            self.count = 0
        }
        return self.waiters.values.flatMap { $0.map(\.answer) }
    }
}
