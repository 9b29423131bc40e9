package import TarnCore

/// What a node offers to whoever looks after its store.
package protocol UpkeepService: Sendable {
    /// Orders a newer ``GarbageFloor`` when the retention policy allows one, and returns the one that holds afterwards.
    /// Only on the primary. Throws `unavailable`, or `invalidRequest` for a policy that cannot be understood.
    func raiseFloor() async throws -> GarbageFloor
    /// Removes what the committed floor lets go, on this node. Throws `rateLimited` while a collection runs.
    func collect(
        _ wish: CollectionWish,
        progress: @escaping @Sendable (CollectionProgress) -> Void
    ) async throws -> CollectionSummary
    /// Reads and proves everything that this node stores, heals what it can from other datacentres and names the rest.
    func scrub(progress: @escaping @Sendable (UInt64, UInt64) -> Void) async throws -> ScrubSummary
}

/// How to collect.
package struct CollectionWish: Hashable, Sendable {
    /// Only tell what would be removed.
    package let isDryRun: Bool
    /// Do not wait for graces, nor for staged blobs that nothing names, and compact whatever gives space back.
    package let isImmediate: Bool
    /// Staged blobs that nothing names are given up when nobody used them for so long; nil for a day, or a minute when
    /// immediate. Less than a minute is for a cluster to which nobody writes.
    package let stagedSeconds: UInt32?
    /// Compact also what was never compacted and has nothing to remove: its content is encoded again, into fewer bytes.
    package let recompresses: Bool

    package init(isDryRun: Bool, isImmediate: Bool, stagedSeconds: UInt32? = nil, recompresses: Bool = false) {
        self.isDryRun = isDryRun
        self.isImmediate = isImmediate
        self.stagedSeconds = stagedSeconds
        self.recompresses = recompresses
    }
}

/// How far a collection has got.
package struct CollectionProgress: Hashable, Sendable {
    /// Bytes of the segments that are worked on: done and in all; both 0 while what is needed is being marked.
    package let doneBytesCount: UInt64
    package let totalBytesCount: UInt64
    package let freedBytesCount: UInt64

    package init(doneBytesCount: UInt64, totalBytesCount: UInt64, freedBytesCount: UInt64) {
        self.doneBytesCount = doneBytesCount
        self.totalBytesCount = totalBytesCount
        self.freedBytesCount = freedBytesCount
    }
}

/// What a collection found and did.
package struct CollectionSummary: Hashable, Sendable {
    package var isDryRun = false
    /// The newest op that was looked at, and what of the past is kept.
    package var op = Op.genesis
    package var floor = Op.genesis
    package var keptOpCount = 0
    package var blobCount = 0
    package var liveCount = 0
    /// Nothing needs them: they are removed once their grace is over.
    package var condemnedCount = 0
    package var condemnedBytesCount: UInt64 = 0
    /// Those whose grace is over.
    package var removableCount = 0
    package var removableBytesCount: UInt64 = 0
    /// What compaction would copy and give back, and what it did.
    package var segmentCount = 0
    package var bytesToFree: UInt64 = 0
    package var removedCount = 0
    package var copiedBytesCount: UInt64 = 0
    package var freedBytesCount: UInt64 = 0
    /// Bytes of the segments that were compacted, before and after, and records that came out smaller.
    package var bytesBefore: UInt64 = 0
    package var bytesAfter: UInt64 = 0
    package var recompressedCount = 0
    /// What was left as it is, and why.
    package var skipped: [String] = []

    package init() {}
}

/// What a scrub found.
package struct ScrubSummary: Hashable, Sendable {
    package var bytesCount: UInt64 = 0
    /// Records that could not be read where they stand, whatever they held: it may stand elsewhere by now, since a log
    /// that lost a part is fetched again as soon as the node starts.
    package var unreadableCount = 0
    package var healed: [DamageNote] = []
    /// What could not be healed: nobody who answers holds it.
    package var damaged: [DamageNote] = []

    package init() {}

    package var isSound: Bool { self.damaged.isEmpty }
}

/// One damaged thing, named so that a person knows what it means.
package struct DamageNote: Hashable, Sendable {
    /// A blob's address, or the op of a log entry and the like.
    package let name: String
    package let reason: String
    /// Paths that need it in the newest state; empty when only older states do.
    package let paths: [NamespacePath]

    package init(name: String, reason: String, paths: [NamespacePath]) {
        self.name = name
        self.reason = reason
        self.paths = paths
    }
}
