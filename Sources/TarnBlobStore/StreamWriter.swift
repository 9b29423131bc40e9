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
        var isRunning = false
        var isTrimScheduled = false
        var lastWrite = DispatchTime.now()
    }

    private let state = Mutex(State())
    private let queue: DispatchQueue
    /// Tells a writer that waits for company that somebody came.
    private let arrival = DispatchSemaphore(value: 0)
    /// Callers that are encoding and will be here soon.
    private let approaching = Atomic<Int>(0)
    private let idleTrimNanoseconds: Int
    /// Touched on `queue` only.
    private let core: Core

    private struct Core: @unchecked Sendable {
        let writer: BatchWriter
    }

    /// A batch smaller than this may wait for others.
    private static let patientBytesMax = 64 << 10
    private static let patienceNanoseconds = 2_000_000

    init(_ writer: BatchWriter, label: String, idleTrimMilliseconds: Int) {
        self.core = Core(writer: writer)
        self.queue = DispatchQueue(label: label, qos: .userInitiated)
        self.idleTrimNanoseconds = idleTrimMilliseconds * 1_000_000
    }

    /// Announces that a request is being prepared, so that a small batch may wait for it a moment; each is followed by
    /// ``depart()``.
    func approach() {
        self.approaching.add(1, ordering: .relaxed)
    }

    func depart() {
        self.approaching.subtract(1, ordering: .relaxed)
    }

    /// Returns once `runs` are durable and visible.
    @discardableResult
    func write(_ runs: [RecordRun], mayUseReserve: Bool) async throws -> WriteRequest.Outcome {
        let ticket = WriteTicket()
        self.enqueue(runs, mayUseReserve: mayUseReserve) { ticket.complete($0) }
        return try await ticket.outcome()
    }

    /// Queues `runs` behind everything that was queued before; `complete` is called once, when they are durable and
    /// visible, or certainly will not be.
    func enqueue(
        _ runs: [RecordRun],
        mayUseReserve: Bool,
        _ complete: @escaping @Sendable (WriteTicket.Outcome) -> Void
    ) {
        guard runs.contains(where: { !$0.isEmpty }) else { return complete(.success(WriteRequest.Outcome())) }
        let request = WriteRequest(runs: runs, mayUseReserve: mayUseReserve, complete: complete)
        if !self.submit(request) {
            complete(.failure(StoreError(.overloaded, "more writes are waiting than the store takes")))
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
                self.drain()
                self.core.writer.close()
                continuation.resume()
            }
        }
    }

    private func submit(_ request: WriteRequest) -> Bool {
        let (isAccepted, mustStart) = self.state.withLock { state -> (Bool, Bool) in
            guard state.queue.count < Limits.writeRequestsMax else { return (false, false) }
            state.queue.append(request)
            defer { state.isRunning = true }
            return (true, !state.isRunning)
        }
        if mustStart {
            self.queue.async { self.drain() }
        } else if isAccepted {
            self.arrival.signal()
        }
        return isAccepted
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
        let deadline = DispatchTime.now() + .nanoseconds(Self.patienceNanoseconds)
        while self.approaching.load(ordering: .relaxed) > 0 {
            let (count, bytes) = self.state.withLock { ($0.queue.count, $0.queue.reduce(0) { $0 + $1.bytesCount }) }
            guard count > 0, count < Limits.batchCallersMax, bytes < Self.patientBytesMax,
                self.arrival.wait(timeout: deadline) == .success
            else { break }
        }
        return self.state.withLock { state in
            var out: [WriteRequest] = []
            var bytes = 0
            while let next = state.queue.first, out.count < Limits.batchCallersMax,
                out.isEmpty || bytes + next.bytesCount <= Limits.batchTargetBytes
            {
                bytes += next.bytesCount
                out.append(state.queue.removeFirst())
            }
            if out.isEmpty { state.isRunning = false } else { state.lastWrite = .now() }
            return out
        }
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
