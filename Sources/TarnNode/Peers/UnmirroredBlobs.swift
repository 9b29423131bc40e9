internal import Synchronization
internal import TarnCore

/// Blobs that clients stored at this node and that no op names which was committed some time ago: what other members
/// may lack.
///
/// An op is committed when a quorum holds it, and its entry may be on its way to the slowest member still, which would
/// have to ask for the blobs: they are remembered for ``lingeringMax`` more.
///
/// A hint, not a promise: a blob that is missing here is fetched by the member that lacks it. So the set may be cut
/// when it is full.
final class UnmirroredBlobs: Sendable {
    private static let countMax = 262_144
    /// How many blobs of committed ops are remembered: those of the ops by which the slowest member may be behind
    /// while deliveries to it are under way.
    static let lingeringMax = 8_192

    private struct State {
        var addresses: Set<BlobAddress> = []
        /// Blobs of committed ops, a ring: `oldest` is overwritten next.
        var lingering: [BlobAddress] = []
        var oldest = 0

        mutating func linger(_ address: BlobAddress) {
            guard self.lingering.count == UnmirroredBlobs.lingeringMax else { return self.lingering.append(address) }
            self.addresses.remove(self.lingering[self.oldest])
            self.lingering[self.oldest] = address
            self.oldest = (self.oldest + 1) % UnmirroredBlobs.lingeringMax
        }
    }

    private let state = Mutex(State())

    func insert(_ new: [BlobAddress]) {
        self.state.withLock { state in
            guard state.addresses.count + new.count <= Self.countMax else { return }
            state.addresses.formUnion(new)
        }
    }

    /// A committed op names `blobs`, which travel with its entry (`areInline`) or were mirrored before it was ordered.
    func noteCommitted(_ blobs: [BlobAddress], areInline: Bool) {
        self.state.withLock { state in
            guard areInline else { return state.addresses.subtract(blobs) }
            for blob in blobs where state.addresses.contains(blob) { state.linger(blob) }
        }
    }

    /// Those of `wanted` that other members may lack.
    func filter(_ wanted: [BlobAddress]) -> [BlobAddress] {
        self.state.withLock { state in wanted.filter { state.addresses.contains($0) } }
    }
}
