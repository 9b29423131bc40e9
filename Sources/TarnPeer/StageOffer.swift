package import TarnCore

/// The blobs of a change set that is about to be ordered, offered to a backup before it gets an op number.
package struct StageOffer: Hashable, Sendable {
    package struct Blob: Hashable, Sendable {
        package let address: BlobAddress
        /// Stored bytes at the sender: how much there is to pull.
        package let bytesCount: UInt64

        package init(address: BlobAddress, bytesCount: UInt64) {
            self.address = address
            self.bytesCount = bytesCount
        }
    }

    /// Chosen by the sender; the same draft offered again is the same draft.
    package let draftID: UInt64
    package let blobs: [Blob]

    package init(draftID: UInt64, blobs: [Blob]) {
        self.draftID = draftID
        self.blobs = blobs
    }
}
