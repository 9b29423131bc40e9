internal import DequeModule
internal import Logging
internal import Synchronization
internal import TarnConsensus

/// Entries of the log that lack blobs, until they are whole: first come, first served, so many at once.
///
/// A member that is new, or was away for long, has tens of thousands of them. Only op and hash of each wait here; what
/// an entry names is for whoever completes it to read when its turn comes.
final class CompletionQueue: Sendable {
    typealias Entry = Message.Acknowledgement
    /// Fetches what an entry lacks, or throws; an entry that is to be given up is complete too.
    typealias Work = @Sendable (Entry) async throws -> Void

    /// Entries that are worked at side by side. Each holds the list of its blobs, up to some 100 KB.
    static let workersMax = 256

    private struct State {
        var waiting: Deque<Entry> = []
        var workersCount = 0
    }

    private let state = Mutex(State())
    private let jobs: JobRunner
    private let logger: Logger
    private let workersMax: Int

    init(jobs: JobRunner, logger: Logger, workersMax: Int = CompletionQueue.workersMax) {
        self.jobs = jobs
        self.logger = logger
        self.workersMax = workersMax
    }

    /// Entries that wait for their turn.
    var waitingCount: Int { self.state.withLock { $0.waiting.count } }

    /// Has `entry` completed by `work` when its turn comes, again and again until that succeeds or the node ends.
    func append(_ entry: Entry, _ work: @escaping Work) {
        let needsWorker = self.state.withLock { state in
            state.waiting.append(entry)
            guard state.workersCount < self.workersMax else { return false }
            state.workersCount += 1
            return true
        }
        if needsWorker { self.jobs.submit { await self.complete(by: work) } }
    }

    /// Completes what waits until nothing does.
    private func complete(by work: Work) async {
        var pauseMilliseconds = Retry.pauseMinMilliseconds
        while !Task.isCancelled, let entry = self.next() {
            do {
                try await work(entry)
                pauseMilliseconds = Retry.pauseMinMilliseconds
            } catch {
                // Whatever failed: an entry may be dropped only when the node ends.
                guard !Task.isCancelled else { return }
                self.logger.warning(
                    "fetching the blobs of op \(entry.op) failed; trying again",
                    metadata: ["error": "\(error)"]
                )
                guard (try? await Task.sleep(for: .milliseconds(pauseMilliseconds))) != nil else { return }
                pauseMilliseconds = min(pauseMilliseconds * 2, Retry.pauseMaxMilliseconds)
                // Behind the others: what nobody holds must not keep them from their turn.
                self.state.withLock { $0.waiting.append(entry) }
            }
        }
    }

    /// Whose turn it is; nil ends the worker that asks.
    private func next() -> Entry? {
        self.state.withLock { state in
            let next = state.waiting.popFirst()
            if next == nil { state.workersCount -= 1 }
            return next
        }
    }
}
