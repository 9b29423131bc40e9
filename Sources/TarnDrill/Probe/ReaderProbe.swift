internal import Synchronization
internal import TarnClient
internal import TarnCore

/// Reads at one datacentre what the drill has written, and insists on seeing what was acknowledged.
final class ReaderProbe: Sendable {
    /// Between two reads: often enough to see a stale answer, and little beside what the writer asks for.
    private static let interval = Duration.milliseconds(200)
    private static let deadlineMilliseconds = 2_000

    private struct State {
        var samples: [ReadSample] = []
        var isOver = false
    }

    private let cluster: DrillCluster
    private let datacenter: DatacenterID
    private let content: ProbeContent
    private let book: SlotBook
    private let state = Mutex(State())

    init(cluster: DrillCluster, datacenter: DatacenterID, content: ProbeContent, book: SlotBook) {
        self.cluster = cluster
        self.datacenter = datacenter
        self.content = content
        self.book = book
    }

    var samples: [ReadSample] { self.state.withLock { $0.samples } }

    func stop() { self.state.withLock { $0.isOver = true } }

    /// Reads until ``stop()``.
    func run() async {
        var turn: UInt64 = 0
        while !self.state.withLock({ $0.isOver }) {
            if let question = self.book.question(turn: turn) {
                let start = self.cluster.clock.now
                let (outcome, detail) = await self.read(question.slot, atLeast: question.atLeast)
                let sample = ReadSample(
                    datacenter: self.datacenter,
                    startedAt: start,
                    latencyMicroseconds: self.cluster.clock.now - start,
                    outcome: outcome,
                    detail: detail
                )
                self.state.withLock { $0.samples.append(sample) }
            }
            turn += 1
            do {
                try await Task.sleep(for: Self.interval)
            } catch {
                return
            }
        }
    }

    private func read(_ slot: UInt64, atLeast op: Op) async -> (ReadSample.Outcome, String) {
        let request = TransportRequest(
            .get,
            "/v1/content\(self.content.path(slot: slot))",
            headers: [("Tarn-At-Least", op.description)],
            deadlineMilliseconds: Self.deadlineMilliseconds
        )
        guard let answer = try? await self.cluster.ask(self.datacenter, request) else { return (.failed, "") }
        let seen = answer.headers["tarn-op"].flatMap { UInt64($0) } ?? 0
        switch answer.status {
        case 200: break
        // An acknowledged file that is not there is as bad as an old one.
        case 404: return (.stale, "file \(slot) is not there at op \(seen), though written by op \(op)")
        default: return (.failed, "")
        }
        guard seen >= op.number else { return (.stale, "answered as of op \(seen), asked for op \(op)") }
        guard let number = self.content.number(of: answer.body) else {
            return (.stale, "file \(slot) holds bytes that nobody wrote")
        }
        guard self.book.isCurrent(number, asOf: op) else {
            return (.stale, "file \(slot) holds write \(number) at op \(seen), though op \(op) wrote a newer one")
        }
        return (.right, "")
    }
}
