internal import Logging
internal import TarnBlobStore
internal import TarnCore

/// Looks after the store while the node runs: collects, scrubs, heals and evacuates, all within the I/O budget.
struct UpkeepWorker: Sendable {
    private static let firstCollection = Duration.seconds(600)
    private static let healInterval = Duration.seconds(30)
    private static let stepBytesMin = 64 << 10
    private static let stepBytesMax = 4 << 20
    /// Steps of a scrub follow each other at least this fast while the store is large enough for it.
    private static let stepSeconds = 10.0

    let settings: UpkeepSettings
    let store: BlobStore
    let collector: GarbageCollector
    let healer: Healer
    /// Orders a newer floor when this node leads.
    let raiseFloor: @Sendable () async throws -> Void
    let logger: Logger

    /// Collects at every interval.
    func collect() async {
        guard self.settings.collectHours > 0 else { return }
        var pause = Self.firstCollection
        while (try? await Task.sleep(for: pause)) != nil {
            pause = .seconds(self.settings.collectHours * 3_600)
            await self.attempt("collection") {
                try await self.raiseFloor()
                let wish = CollectionWish(isDryRun: false, isImmediate: false)
                _ = try await self.collector.collect(wish, isBackground: true) { _ in }
            }
        }
    }

    /// Goes through everything that is stored, so fast that a pass takes its days, but never over the budget.
    func scrub() async {
        guard self.settings.scrubDays > 0 else { return }
        var pause = Self.healInterval
        while (try? await Task.sleep(for: pause)) != nil {
            let wanted = Double(self.store.scrubBytesCount) / (Double(self.settings.scrubDays) * 86_400)
            let rate = min(max(wanted, 1), self.settings.bytesPerSecond)
            let stepBytes = min(max(Int(rate * Self.stepSeconds), Self.stepBytesMin), Self.stepBytesMax)
            pause = .seconds(Double(stepBytes) / rate)
            await self.attempt("scrub") {
                let step = try await self.store.scrub(bytesMax: stepBytes)
                if !step.damages.isEmpty { await self.healer.note(step.damages) }
                if step.next == nil {
                    await self.healer.lookForAbsent()
                    self.logger.info("scrub pass complete", metadata: ["bytes": "\(self.store.scrubBytesCount)"])
                }
            }
        }
    }

    /// Heals what anybody found damaged, and empties segments that the disk failed under.
    func heal() async {
        var pace = HealingPace()
        while (try? await Task.sleep(for: Self.healInterval)) != nil {
            if pace.isDue(await self.healer.workCount, now: .now) {
                await self.attempt("healing") { _ = try await self.healer.heal() }
                pace.note(await self.healer.workCount, now: .now)
            }
            await self.attempt("evacuation") {
                guard self.store.needsEvacuation else { return }
                let report = try await self.store.evacuate()
                self.logger.notice(
                    "evacuation",
                    metadata: [
                        "segments": "\(report.removedSegmentCount)", "copied_bytes": "\(report.copiedBytesCount)",
                        "skipped": "\(report.skipped.count)",
                    ]
                )
            }
        }
    }

    private func attempt(_ what: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch is CancellationError {
            return
        } catch {
            self.logger.warning("\(what) failed; trying again later", metadata: ["error": "\(error)"])
        }
    }
}
