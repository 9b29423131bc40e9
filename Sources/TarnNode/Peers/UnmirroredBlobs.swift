internal import Synchronization
internal import TarnCore

/// Blobs that clients stored at this node and that no op names which was committed some time ago: what other members
/// may lack.
///
/// An op is committed when a quorum holds it, and its entry may be on its way to the slowest member still, which would
/// have to ask for the blobs: they are remembered for ``lingeringMax`` more.
///
/// A hint, not a promise: a blob that is missing here is fetched by the member that lacks it. Two generations bound it:
/// when the younger one takes half of the room it becomes the older one, and what was the older one is forgotten.
/// Chunks, which no op names, and blobs that nobody ever committed leave that way.
final class UnmirroredBlobs: Sendable {
    /// How many addresses are remembered at most; the newest half of them surely.
    static let countMax = 262_144
    /// How many blobs of committed ops are remembered: those of the ops by which the slowest member may be behind
    /// while deliveries to it are under way.
    static let lingeringMax = 8_192

    private struct State {
        var young: Set<BlobAddress> = []
        var old: Set<BlobAddress> = []
        /// Blobs of committed ops, a ring: `oldest` is overwritten next.
        var lingering: [BlobAddress] = []
        var oldest = 0

        func contains(_ address: BlobAddress) -> Bool { self.young.contains(address) || self.old.contains(address) }

        mutating func insert(_ address: BlobAddress) {
            guard self.young.insert(address).inserted, self.young.count == UnmirroredBlobs.countMax / 2 else { return }
            self.old = self.young
            self.young = []
        }

        mutating func remove(_ address: BlobAddress) {
            self.young.remove(address)
            self.old.remove(address)
        }

        mutating func linger(_ address: BlobAddress) {
            guard self.lingering.count == UnmirroredBlobs.lingeringMax else { return self.lingering.append(address) }
            self.remove(self.lingering[self.oldest])
            self.lingering[self.oldest] = address
            self.oldest = (self.oldest + 1) % UnmirroredBlobs.lingeringMax
        }
    }

    private let state = Mutex(State())

    func insert(_ new: [BlobAddress]) {
        self.state.withLock { state in
            for address in new { state.insert(address) }
        }
    }

    /// A committed op names `blobs`, which travel with its entry (`areInline`) or were mirrored before it was ordered.
    func noteCommitted(_ blobs: [BlobAddress], areInline: Bool) {
        self.state.withLock { state in
            for blob in blobs where state.contains(blob) {
                if areInline { state.linger(blob) } else { state.remove(blob) }
            }
        }
    }

    /// Those of `wanted` that other members may lack.
    func filter(_ wanted: [BlobAddress]) -> [BlobAddress] {
        self.state.withLock { state in wanted.filter { state.contains($0) } }
    }
}
