internal import Synchronization
internal import TarnCore

/// Small blobs that travel beside the entries that name them: at a receiver, from their arrival until their entry is
/// stored. An entry may come long after its blobs, because deliveries overtake each other.
///
/// A hint, not a promise: what was dropped is fetched. Two generations bound it: when the younger one takes half of the
/// room it becomes the older one, and what was the older one is forgotten.
final class InlineBlobs: Sendable {
    private struct State {
        var young: [BlobAddress: StoredBlob] = [:]
        var old: [BlobAddress: StoredBlob] = [:]
        var youngBytesCount = 0
    }

    private let bytesMax: Int
    private let state = Mutex(State())

    /// Keeps stored bytes of at most `bytesMax`, and of one blob more.
    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    func insert(_ blobs: [StoredBlob]) {
        self.state.withLock { state in
            for blob in blobs where state.young.updateValue(blob, forKey: blob.address) == nil {
                state.youngBytesCount += blob.bytes.count
                guard state.youngBytesCount > self.bytesMax / 2 else { continue }
                state.old = state.young
                state.young = [:]
                state.youngBytesCount = 0
            }
        }
    }

    /// Those of `addresses` that are here.
    func blobs(_ addresses: [BlobAddress]) -> [StoredBlob] {
        self.state.withLock { state in addresses.compactMap { state.young[$0] ?? state.old[$0] } }
    }

    func remove(_ addresses: [BlobAddress]) {
        self.state.withLock { state in
            for address in addresses {
                if let blob = state.young.removeValue(forKey: address) { state.youngBytesCount -= blob.bytes.count }
                state.old[address] = nil
            }
        }
    }
}
