internal import Synchronization
internal import TarnCore

/// Blobs that clients stored at this node and that no committed op names yet: what the other members cannot have.
///
/// A hint, not a promise: a blob that is missing here is fetched by the member that lacks it. So the set may be cut
/// when it is full.
final class UnmirroredBlobs: Sendable {
    private static let countMax = 262_144
    private let addresses: Mutex<Set<BlobAddress>> = Mutex([])

    func insert(_ new: [BlobAddress]) {
        self.addresses.withLock { addresses in
            guard addresses.count + new.count <= Self.countMax else { return }
            addresses.formUnion(new)
        }
    }

    func remove(_ mirrored: [BlobAddress]) {
        self.addresses.withLock { $0.subtract(mirrored) }
    }

    /// Those of `addresses` that only this node is known to hold.
    func filter(_ wanted: [BlobAddress]) -> [BlobAddress] {
        self.addresses.withLock { addresses in wanted.filter { addresses.contains($0) } }
    }
}
