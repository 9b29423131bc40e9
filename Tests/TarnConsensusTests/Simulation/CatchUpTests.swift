import TarnConsensus
import TarnCore
import Testing

@Suite
struct CatchUpTests {
    private static let opsCount = 5_000

    /// A cluster whose member `away` missed everything that was committed by the two others.
    private static func clusterWithout(_ away: Int) -> ClusterSimulation {
        var cluster = ClusterSimulation(seed: 1, options: ClusterSimulation.Options())
        cluster.run(ticks: 60)
        cluster.crash(away)
        var left = Self.opsCount
        while left > 0, cluster.violation == nil {
            left -= cluster.submit(count: left)
            cluster.tick()
        }
        let other = 3 - away
        let isCommitted = cluster.run(atMost: 1_000) { $0.replicas[other]?.commit == Op(UInt64(Self.opsCount)) }
        #expect(isCommitted, "\(cluster.states)")
        return cluster
    }

    @Test(arguments: [1, 2])
    func `a backup that missed thousands of ops catches up from the primary`(away: Int) {
        var cluster = Self.clusterWithout(away)
        cluster.isolate(away, from: [3 - away])
        cluster.restart(away)
        let isConverged = cluster.run(atMost: 300) { $0.isConverged }
        #expect(isConverged, "\(cluster.states)")
        #expect(cluster.violation == nil)
        // Work grows with what is missing, not with its square.
        #expect(cluster.requestsCount <= 20)
        #expect(cluster.fetchedEntriesCount <= Self.opsCount * 3 / 2)
    }

    @Test(arguments: [1, 2])
    func `a backup that missed thousands of ops catches up from the other backup`(away: Int) {
        var cluster = Self.clusterWithout(away)
        cluster.crash(0)
        cluster.restart(away)
        let isCaughtUp = cluster.run(atMost: 500) { $0.replicas[away]?.commit == Op(UInt64(Self.opsCount)) }
        #expect(isCaughtUp, "\(cluster.states)")
        #expect(cluster.violation == nil)
        #expect(cluster.fetchedEntriesCount <= Self.opsCount * 3 / 2)

        cluster.restart(0)
        let isTaken = cluster.run(atMost: 100) { $0.replicas[0]?.canSubmit == .ready }
        #expect(isTaken)
        #expect(cluster.submit(count: 10) == 10)
        #expect(cluster.run(atMost: 300) { $0.isConverged && $0.replicas[0]?.commit == Op(UInt64(Self.opsCount + 10)) })
    }

    @Test
    func `a backup that hears the primary only through the observer still gets and commits everything`() {
        var cluster = ClusterSimulation(seed: 2, options: ClusterSimulation.Options())
        cluster.isolate(0, from: [1])
        cluster.run(ticks: 60)
        for _ in 0..<200 {
            cluster.submit(count: 4)
            cluster.tick()
        }
        let isConverged = cluster.run(atMost: 1_000) { $0.isConverged }
        #expect(isConverged, "\(cluster.states)")
        #expect(cluster.violation == nil)
        #expect(cluster.replicas[1]?.commit ?? .genesis >= Op(400))
    }

    @Test
    func `new sets keep committing while a backup catches up`() {
        var cluster = Self.clusterWithout(2)
        cluster.restart(2)
        for _ in 0..<300 {
            cluster.submit(count: 3)
            cluster.tick()
        }
        #expect(cluster.run(atMost: 500) { $0.isConverged }, "\(cluster.states)")
        #expect(cluster.violation == nil)
        #expect(cluster.checker.canonical.count > Self.opsCount + 500)
    }
}
