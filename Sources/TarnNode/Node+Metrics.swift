internal import Logging
internal import TarnBlobStore
internal import TarnCatalog
package import TarnCore
internal import TarnMerkle
internal import TarnSegment

/// Counting, and what is told to those who watch the node.
extension Node {
    package func commit(_ changes: [Change], author: String, request: RequestID) async throws -> CommitReceipt {
        let start = WallClock.monotonicNanoseconds()
        do {
            let receipt = try await self.order(changes, author: author, request: request)
            let elapsed = WallClock.monotonicNanoseconds() - start
            self.metrics.note(commit: receipt.changesCount == 0 ? .unchanged : .committed, nanoseconds: elapsed)
            self.log(receipt, author: author, request: request, nanoseconds: elapsed)
            return receipt
        } catch {
            self.metrics.note(commit: Self.outcome(of: error), nanoseconds: 0)
            throw error
        }
    }

    private func log(_ receipt: CommitReceipt, author: String, request: RequestID, nanoseconds: UInt64) {
        let level = RequestOrigin.current?.logLevel ?? .debug
        guard self.logger.logLevel <= level else { return }
        var metadata = RequestOrigin.current?.metadata(of: request) ?? ["request.id": "\(request)"]
        metadata["op"] = "\(receipt.op)"
        metadata["author"] = "\(author)"
        metadata["changes"] = "\(receipt.changesCount)"
        metadata["microseconds"] = "\(nanoseconds / 1_000)"
        self.logger.log(level: level, "committed", metadata: metadata)
    }

    private static func outcome(of error: any Error) -> NodeMetrics.CommitOutcome {
        switch (error as? NodeError)?.code {
        case .unavailable: .unavailable
        case .unknownOutcome: .unknown
        case .internalError, nil: .failed
        default: .refused
        }
    }

    package func writeMetrics(to text: inout MetricText) async {
        self.metrics.write(to: &text)
        await self.writeCluster(to: &text)
        self.writeStore(to: &text)
        self.writeCatalog(to: &text)
        let process = ProcessFigures.now()
        text.write(NodeMetrics.residentBytes, Double(process.residentBytesCount))
        text.write(NodeMetrics.cpuSeconds, process.cpuSeconds)
        text.write(NodeMetrics.openFiles, Double(process.openFileCount))
        text.write(NodeMetrics.startTime, Double(self.startedAtMicroseconds) / 1_000_000)
    }

    private func writeCluster(to text: inout MetricText) async {
        let status = await self.status()
        let rows = status.datacenters
        func write(_ metric: MetricDefinition, _ value: (ClusterStatus.Datacenter) -> Double?) {
            text.write(metric, rows.compactMap { row in value(row).map { ([row.datacenter.name], $0) } })
        }
        text.write(NodeMetrics.primary, status.primary == self.datacenter ? 1 : 0)
        let own = rows.first { $0.datacenter == self.datacenter }
        text.write(NodeMetrics.serving, own?.trouble == nil ? 1 : 0)
        write(NodeMetrics.reachable) { $0.isReachable ? 1 : 0 }
        write(NodeMetrics.view) { Double($0.view.number) }
        write(NodeMetrics.op) { Double($0.op.number) }
        write(NodeMetrics.commitOp) { Double($0.commit.number) }
        write(NodeMetrics.lagOps) { Double($0.lagOps) }
        write(NodeMetrics.missingBytes) { Double($0.missingBytesCount) }
        write(NodeMetrics.roundTripSeconds) { $0.roundTripMilliseconds.map { $0 / 1_000 } }
        write(NodeMetrics.predictedRecoverySeconds) { $0.predictedRecoveryMilliseconds.map { Double($0) / 1_000 } }
        write(NodeMetrics.predictedLostOps) { Double($0.predictedLostOps) }
        write(NodeMetrics.sentBytes) { $0.sentBytesCount.map { Double($0) } }
        write(NodeMetrics.rootDiffers) { row in
            // Only a state that this node still holds can be compared; nobody's root is known before the first op.
            guard row.root != .zero, let state = self.state.snapshot(at: row.commit) else { return 0 }
            return state.root == row.root ? 0 : 1
        }
    }

    package var storage: StorageFigures {
        let statistics = self.store.statistics()
        return StorageFigures(
            blobCount: statistics.blobCount,
            rawBytesCount: statistics.rawBytesCount,
            suspectCount: statistics.suspectCount,
            freeBytesCount: self.store.freeBytesCount,
            streams: SegmentStream.allCases.map {
                StorageFigures.Stream(
                    name: $0.name,
                    segmentCount: statistics.segmentCount[$0] ?? 0,
                    bytesCount: statistics.storedBytesCount[$0] ?? 0
                )
            }
        )
    }

    private func writeStore(to text: inout MetricText) {
        let figures = self.storage
        text.write(NodeMetrics.entries, Double(self.state.newest.tree.count))
        text.write(NodeMetrics.blobs, Double(figures.blobCount))
        text.write(NodeMetrics.blobBytes, Double(figures.rawBytesCount))
        text.write(NodeMetrics.suspectBlobs, Double(figures.suspectCount))
        text.write(NodeMetrics.healedBlobs, Double(self.store.statistics().healedCount))
        text.write(NodeMetrics.segmentBytes, figures.streams.map { ([$0.name], Double($0.bytesCount)) })
        text.write(NodeMetrics.segments, figures.streams.map { ([$0.name], Double($0.segmentCount)) })
        text.write(NodeMetrics.freeBytes, Double(figures.freeBytesCount))
        text.write(NodeMetrics.syncSeconds, [([], self.store.syncLatency)])
    }

    private func writeCatalog(to text: inout MetricText) {
        let queries = self.catalog.queryStatistics
        text.write(
            NodeMetrics.catalogQueries,
            [
                (["answered"], Double(queries.latency.count - queries.failedCount)),
                (["failed"], Double(queries.failedCount)),
            ]
        )
        text.write(NodeMetrics.catalogQuerySeconds, [([], queries.latency)])
        let head = self.head.op.number
        text.write(NodeMetrics.catalogLagOps, Double(head - min(head, self.catalog.appliedOp?.number ?? 0)))
    }
}
