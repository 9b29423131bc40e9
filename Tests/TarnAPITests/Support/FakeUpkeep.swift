import Synchronization
import TarnCore
import TarnNode

/// Upkeep of a store that is not there: remembers what was asked for and answers as told.
final class FakeUpkeep: UpkeepService {
    struct State: Sendable {
        var wishes: [CollectionWish] = []
        var floor = GarbageFloor.none
        var scrub = ScrubSummary()
        var failure: NodeError?
    }

    let state = Mutex(State())

    func raiseFloor() async throws -> GarbageFloor {
        try self.state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.floor
        }
    }

    func collect(
        _ wish: CollectionWish,
        progress: @escaping @Sendable (CollectionProgress) -> Void
    ) async throws -> CollectionSummary {
        try self.state.withLock { state in
            state.wishes.append(wish)
            if let failure = state.failure { throw failure }
        }
        progress(CollectionProgress(doneBytesCount: 1, totalBytesCount: 2, freedBytesCount: 0))
        var summary = CollectionSummary()
        summary.isDryRun = wish.isDryRun
        summary.blobCount = 7
        summary.liveCount = 5
        summary.freedBytesCount = 1_234
        (summary.bytesBefore, summary.bytesAfter, summary.recompressedCount) = (900, 600, 3)
        summary.skipped = ["segment 3: damaged"]
        return summary
    }

    func scrub(progress: @escaping @Sendable (UInt64, UInt64) -> Void) async throws -> ScrubSummary {
        progress(1, 2)
        return self.state.withLock { $0.scrub }
    }
}
