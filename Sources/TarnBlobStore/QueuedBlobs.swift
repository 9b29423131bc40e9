internal import Synchronization
package import TarnCore

/// Blobs that wait in the writer's queue for what names them: at hand for peers, though not durable yet.
final class QueuedBlobs: Sendable {
    private struct Item {
        let blob: StoredBlob
        let ticket: WriteTicket
    }

    private let items = Mutex<[BlobAddress: Item]>([:])

    func insert(_ blob: StoredBlob, _ ticket: WriteTicket) {
        self.items.withLock { $0[blob.address] = Item(blob: blob, ticket: ticket) }
    }

    /// For when the write of `ticket` has ended, whatever became of it.
    func remove(_ address: BlobAddress, _ ticket: WriteTicket) {
        self.items.withLock { items in
            if items[address]?.ticket === ticket { items[address] = nil }
        }
    }

    func blobs(_ addresses: [BlobAddress]) -> [BlobAddress: StoredBlob] {
        self.items.withLock { items in
            guard !items.isEmpty else { return [:] }
            return addresses.reduce(into: [:]) { $0[$1] = items[$1]?.blob }
        }
    }

    func writes(_ addresses: [BlobAddress]) -> [QueuedWrite] {
        self.items.withLock { items in
            guard !items.isEmpty else { return [] }
            return addresses.compactMap { address in
                items[address].map {
                    QueuedWrite(address: address, rawBytesCount: $0.blob.rawBytesCount, ticket: $0.ticket)
                }
            }
        }
    }
}

/// The write of a blob that is queued: what is appended after it is durable only when the blob is.
package struct QueuedWrite: Sendable {
    package let address: BlobAddress
    package let rawBytesCount: Int
    let ticket: WriteTicket
}

/// What became of a blob that was handed to ``BlobStore/enqueue(_:ifRefused:)``.
package struct QueuedBlob: Sendable {
    package let address: BlobAddress
    /// Bytes of its encoded form; 0 when it was stored before.
    package let newStoredBytesCount: Int
}
