internal import NIOCore
internal import Synchronization
internal import TarnClient
internal import TarnCore

/// Writes at a steady rate, whatever becomes of the writes before, as clients do that know nothing of each other.
///
/// Every write has one request id for all its attempts, so that it commits at most once; it is sent again, to the next
/// node, until its outcome is known or its patience ends.
final class WriterProbe: Sendable {
    static let attemptDeadlineMilliseconds = 2_000
    /// Before a write is sent again; twice as long after each further attempt, up to the most. A client can but ask
    /// again: whoever refuses does not tell when it will not.
    private static let pauseMilliseconds = 50
    private static let pauseMillisecondsMax = 500
    /// What a writer that was held up makes good at once; the writes before are left out.
    private static let backlogMax = Duration.seconds(1)
    /// Writes under way at a time; when so many hang, no further ones are begun.
    private static let inFlightMax = 512

    private struct State {
        var samples: [WriteSample] = []
        var begunCount: UInt64 = 0
        var inFlightCount = 0
        /// Index of the node that answered last.
        var preferred = 0
        var isOver = false
    }

    private let cluster: DrillCluster
    private let content: ProbeContent
    private let book: SlotBook
    private let interval: Duration
    private let patienceMicroseconds: UInt64
    private let state = Mutex(State())

    /// `rate` is in writes a second.
    init(cluster: DrillCluster, content: ProbeContent, book: SlotBook, rate: Double, patienceSeconds: Double) {
        self.cluster = cluster
        self.content = content
        self.book = book
        self.interval = .microseconds(Int64(1_000_000 / rate))
        self.patienceMicroseconds = UInt64(patienceSeconds * 1_000_000)
    }

    /// All writes that have ended, in the order of their ends.
    var samples: [WriteSample] { self.state.withLock { $0.samples } }

    /// Whether a write that was begun after `time` is acknowledged.
    func hasAcknowledged(begunAfter time: UInt64) -> Bool {
        self.state.withLock { $0.samples.contains { $0.startedAt > time && $0.acknowledgedOp != nil } }
    }

    func stop() { self.state.withLock { $0.isOver = true } }

    /// Writes until ``stop()``, and then waits for what is under way.
    func run() async {
        await withDiscardingTaskGroup { group in
            var next = ContinuousClock.now
            while let number = self.begin() {
                if number > 0 {
                    group.addTask { await self.write(number) }
                }
                next = max(next + self.interval, ContinuousClock.now - Self.backlogMax)
                do {
                    try await Task.sleep(until: next, clock: .continuous)
                } catch {
                    return
                }
            }
        }
    }

    /// The number of the next write, 0 when too many are under way, nil when the probe is to end.
    private func begin() -> UInt64? {
        self.state.withLock { state in
            guard !state.isOver else { return nil }
            guard state.inFlightCount < Self.inFlightMax else { return 0 }
            state.inFlightCount += 1
            state.begunCount += 1
            return state.begunCount
        }
    }

    private func write(_ number: UInt64) async {
        let start = self.cluster.clock.now
        var (attempts, doubts, pause) = (0, 0, Self.pauseMilliseconds)
        var outcome: WriteSample.Outcome?
        while outcome == nil {
            attempts += 1
            switch await self.attempt(number, doubtsCount: doubts) {
            case .over(let result): outcome = result
            case .again(let isInDoubt):
                if isInDoubt { doubts += 1 }
                let isPatient = self.cluster.clock.now < start + self.patienceMicroseconds
                if !isPatient { outcome = doubts > 0 ? .unknown : .refused }
            }
            if outcome == nil {
                do {
                    try await Task.sleep(for: .milliseconds(pause))
                } catch {
                    outcome = doubts > 0 ? .unknown : .refused
                }
                pause = min(pause * 2, Self.pauseMillisecondsMax)
            }
        }
        self.finish(number, start, attempts, doubts, outcome ?? .unknown)
    }

    private func finish(
        _ number: UInt64,
        _ start: UInt64,
        _ attempts: Int,
        _ doubts: Int,
        _ outcome: WriteSample.Outcome
    ) {
        let sample = WriteSample(
            number: number,
            startedAt: start,
            endedAt: self.cluster.clock.now,
            attemptsCount: attempts,
            doubtsCount: doubts,
            outcome: outcome
        )
        if let op = sample.acknowledgedOp { self.book.note(acknowledged: number, op: op) }
        self.state.withLock { state in
            state.samples.append(sample)
            state.inFlightCount -= 1
        }
    }

    private enum Attempt {
        case over(WriteSample.Outcome)
        case again(isInDoubt: Bool)
    }

    private func attempt(_ number: UInt64, doubtsCount: Int) async -> Attempt {
        let index = self.state.withLock { $0.preferred }
        let node = self.cluster.nodes[index]
        var request = TransportRequest(
            .put,
            "/v1/content\(self.content.path(slot: SlotBook.slot(of: number)))",
            headers: [
                ("Tarn-Request", self.content.request(of: number)), ("Content-Type", "application/octet-stream"),
            ],
            deadlineMilliseconds: Self.attemptDeadlineMilliseconds
        )
        request.body = ByteBuffer(bytes: self.content.bytes(of: number))
        do {
            let answer = try await self.cluster.ask(node.datacenter, request)
            if answer.isSuccess, let op = answer.json?["op"]?.unsigned {
                return .over(.acknowledged(op: Op(op)))
            }
            self.leave(index)
            switch answer.status {
            case 503, 429: return .again(isInDoubt: false)
            // What is refused after an attempt in doubt may be refused because of that attempt.
            case 400..<500 where doubtsCount == 0: return .over(.refused)
            default: return .again(isInDoubt: true)
            }
        } catch let failure as TransportFailure {
            self.leave(index)
            return .again(isInDoubt: failure.mayHaveArrived)
        } catch {
            return .again(isInDoubt: true)
        }
    }

    /// The next attempt goes to the next node, unless another write has turned away from this one already.
    private func leave(_ index: Int) {
        self.state.withLock { state in
            if state.preferred == index { state.preferred = (index + 1) % self.cluster.nodes.count }
        }
    }
}
