internal import TarnCore

/// The writer, the readers and the watch of one drill, started and stopped together.
struct ProbeGroup: Sendable {
    let writer: WriterProbe
    let readers: [ReaderProbe]
    let watch: ClusterWatch

    init(cluster: DrillCluster, content: ProbeContent, rate: Double, patienceSeconds: Double) {
        let book = SlotBook()
        self.writer = WriterProbe(
            cluster: cluster,
            content: content,
            book: book,
            rate: rate,
            patienceSeconds: patienceSeconds
        )
        self.readers = cluster.datacenters.map {
            ReaderProbe(cluster: cluster, datacenter: $0, content: content, book: book)
        }
        self.watch = ClusterWatch(cluster: cluster)
    }

    var reads: [ReadSample] { self.readers.flatMap(\.samples).sorted { $0.startedAt < $1.startedAt } }

    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.writer.run() }
            group.addTask { await self.watch.run() }
            for reader in self.readers { group.addTask { await reader.run() } }
        }
    }

    /// Ends the writer and the readers; the watch goes on until it is stopped by itself.
    func stop() {
        self.writer.stop()
        for reader in self.readers { reader.stop() }
        self.watch.stop()
    }
}
