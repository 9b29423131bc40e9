internal import DequeModule
internal import Dispatch
internal import Logging
internal import Synchronization
internal import TarnCore
internal import TarnSegment

/// Writes one stream on a thread of its own: gathers what is queued into a batch, writes it once, makes it durable
/// once, makes it visible, and only then answers the callers.
final class StreamWriter: Sendable {
    private struct State {
        var queue: Deque<WriteRequest> = []
        var queuedBytesCount = 0
        var isRunning = false
        /// The writer waits for company and wants a signal once it has enough, or nobody else is on the way.
        var isPatient = false
        var isTrimScheduled = false
        /// Whether ``endWait()`` is about to run: it is as long as a request waits for company.
        var isWaitBounded = false
        var lastWrite = DispatchTime.now()
    }

    private let state = Mutex(State())
    private let queue: DispatchQueue
    /// Ends the wait of a patient writer: one signal for each time that `isPatient` is taken back.
    private let arrival = DispatchSemaphore(value: 0)
    /// Callers that are encoding and will be here soon.
    private let approaching = Atomic<Int>(0)
    private let idleTrimNanoseconds: Int
    /// How long a request that may wait for company does.
    private let waitMillisecondsMax: Int
    /// Touched on `queue` only.
    private let core: Core

    private struct Core: @unchecked Sendable {
        let writer: BatchWriter
    }

    /// A batch smaller than this may wait for others.
    private static let patientBytesMax = 64 << 10
    private static let patienceNanoseconds = 2_000_000

    init(_ writer: BatchWriter, label: String, idleTrimMilliseconds: Int, waitMillisecondsMax: Int) {
        self.core = Core(writer: writer)
        self.queue = DispatchQueue(label: label, qos: .userInitiated)
        self.idleTrimNanoseconds = idleTrimMilliseconds * 1_000_000
        self.waitMillisecondsMax = waitMillisecondsMax
    }

    /// Announces that a request is being prepared, so that a small batch may wait for it a moment; each is followed by
    /// ``depart()``.
    func approach() {
        self.approaching.add(1, ordering: .relaxed)
    }

    func depart() {
        guard self.approaching.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        self.endPatience(if: { _ in true })
    }

    /// Wakes a patient writer if `condition` holds.
    private func endPatience(if condition: (State) -> Bool) {
        let isEnding = self.state.withLock { state in
            guard state.isPatient, condition(state) else { return false }
            state.isPatient = false
            return true
        }
        if isEnding { self.arrival.signal() }
    }

    private static func isFull(_ state: State) -> Bool {
        state.queue.count >= Limits.batchCallersMax || state.queuedBytesCount >= Self.patientBytesMax
    }

    /// Returns once `runs` are durable and visible.
    @discardableResult
    func write(
        _ runs: [RecordRun],
        after: [WriteTicket] = [],
        mayUseReserve: Bool
    ) async throws -> WriteRequest.Outcome {
        let ticket = WriteTicket()
        self.enqueue(WriteRequest(runs: runs, after: after, mayUseReserve: mayUseReserve) { ticket.complete($0) })
        return try await ticket.outcome()
    }

    /// Queues `request` behind everything that was queued before.
    func enqueue(_ request: WriteRequest) {
        if request.runs.allSatisfy(\.isEmpty) {
            request.complete(.success(WriteRequest.Outcome()))
        } else if !self.submit(request) {
            request.complete(.failure(StoreError(.overloaded, "more writes are waiting than the store takes")))
        }
    }

    /// Ends the segment that is being written, behind everything that is queued.
    func roll() async {
        await withCheckedContinuation { continuation in
            self.queue.async {
                self.core.writer.roll()
                continuation.resume()
            }
        }
    }

    /// Cuts the segment to its last batch and lets go of it. Everything queued before is written first.
    func close() async {
        await withCheckedContinuation { continuation in
            self.queue.async {
                self.endWait()
                self.core.writer.close()
                continuation.resume()
            }
        }
    }

    private func submit(_ request: WriteRequest) -> Bool {
        let (isAccepted, mustStart, mustBound) = self.state.withLock { state -> (Bool, Bool, Bool) in
            guard state.queue.count < Limits.writeRequestsMax else { return (false, false, false) }
            state.queue.append(request)
            state.queuedBytesCount += request.bytesCount
            let mustBound = request.mayWait && !state.isWaitBounded
            if mustBound { state.isWaitBounded = true }
            let mustStart = !request.mayWait && !state.isRunning
            if mustStart { state.isRunning = true }
            return (true, mustStart, mustBound)
        }
        if mustStart {
            self.queue.async { self.drain() }
        } else if isAccepted {
            self.endPatience(if: Self.isFull)
        }
        if mustBound {
            self.queue.asyncAfter(deadline: .now() + .milliseconds(self.waitMillisecondsMax)) { self.endWait() }
        }
        return isAccepted
    }

    /// Writes what waited for company and had none.
    private func endWait() {
        self.state.withLock { state in
            state.isWaitBounded = false
            for index in state.queue.indices { state.queue[index].mayWait = false }
            if !state.queue.isEmpty { state.isRunning = true }
        }
        self.drain()
    }

    /// Whether there is anything that does not only wait for company.
    private static func hasWork(_ state: State) -> Bool {
        state.queue.contains { !$0.mayWait }
    }

    private func drain() {
        while true {
            let requests = self.take()
            guard !requests.isEmpty else { break }
            self.core.writer.commit(requests)
        }
        self.scheduleTrim()
    }

    /// What fits one batch. Waits up to 2 ms for more when the batch is small and others are on their way.
    private func take() -> [WriteRequest] {
        self.waitForCompany()
        return self.state.withLock { state in
            var out: [WriteRequest] = []
            var bytes = 0
            let hasWork = Self.hasWork(state)
            while hasWork, let next = state.queue.first, out.count < Limits.batchCallersMax,
                out.isEmpty || bytes + next.bytesCount <= self.core.writer.stream.batchTargetBytes
            {
                bytes += next.bytesCount
                out.append(state.queue.removeFirst())
            }
            state.queuedBytesCount -= bytes
            if out.isEmpty { state.isRunning = false } else { state.lastWrite = .now() }
            return out
        }
    }

    /// One wait for a whole batch: to be woken by everybody who comes would cost more than the batch itself.
    private func waitForCompany() {
        let mustWait = self.state.withLock { state in
            guard Self.hasWork(state), !Self.isFull(state), self.approaching.load(ordering: .acquiring) > 0 else {
                return false
            }
            state.isPatient = true
            return true
        }
        guard mustWait, self.arrival.wait(timeout: .now() + .nanoseconds(Self.patienceNanoseconds)) == .timedOut else {
            return
        }
        let isSignalled = self.state.withLock { state in
            defer { state.isPatient = false }
            return !state.isPatient
        }
        // Whoever took the patience back at the last moment signals for this wait, and not for the next.
        if isSignalled { self.arrival.wait() }
    }

    /// Trims the segment once nothing was written for a while.
    private func scheduleTrim() {
        guard !self.core.writer.isTrimmed else { return }
        let isFirst = self.state.withLock { state in
            defer { state.isTrimScheduled = true }
            return !state.isTrimScheduled
        }
        guard isFirst else { return }
        self.queue.asyncAfter(deadline: .now() + .nanoseconds(self.idleTrimNanoseconds)) { [weak self] in
            self?.trimWhenIdle()
        }
    }

    private func trimWhenIdle() {
        let isIdle = self.state.withLock { state in
            state.isTrimScheduled = false
            return state.queue.isEmpty && DispatchTime.now() >= state.lastWrite + .nanoseconds(self.idleTrimNanoseconds)
        }
        if isIdle { self.core.writer.trim() } else { self.scheduleTrim() }
    }
}
