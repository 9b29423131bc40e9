internal import Synchronization
internal import TarnCore

/// Asks all nodes for their status, again and again, and keeps the newest answers: what a drill waits on.
final class ClusterWatch: Sendable {
    /// Between an answer and the next question to the same node. A moment of the waterfall is that much too late at
    /// most: nodes tell what they are when they are asked, and not when it changes.
    private static let interval = Duration.milliseconds(25)

    private struct State {
        var newest: [DatacenterID: ClusterObservation] = [:]
        var isOver = false
    }

    private let cluster: DrillCluster
    private let state = Mutex(State())

    init(cluster: DrillCluster) {
        self.cluster = cluster
    }

    /// The newest answer of each node, however old.
    var newest: [DatacenterID: ClusterObservation] { self.state.withLock { $0.newest } }

    /// Answers that are not older than `time`.
    func observations(since time: UInt64) -> [ClusterObservation] {
        self.newest.values.filter { $0.at >= time }
    }

    func stop() { self.state.withLock { $0.isOver = true } }

    /// Asks until ``stop()``.
    func run() async {
        await withDiscardingTaskGroup { group in
            for datacenter in self.cluster.datacenters {
                group.addTask { await self.follow(datacenter) }
            }
        }
    }

    private func follow(_ datacenter: DatacenterID) async {
        while !self.state.withLock({ $0.isOver }) {
            if let observation = try? await self.cluster.observe(datacenter) {
                self.state.withLock { $0.newest[datacenter] = observation }
            }
            do {
                try await Task.sleep(for: Self.interval)
            } catch {
                return
            }
        }
    }
}
