/// What a node holds and what that takes on its disk.
package struct StorageFigures: Hashable, Sendable {
    /// One kind of segment files.
    package struct Stream: Hashable, Sendable {
        package let name: String
        package let segmentCount: Int
        package let bytesCount: UInt64

        package init(name: String, segmentCount: Int, bytesCount: UInt64) {
            self.name = name
            self.segmentCount = segmentCount
            self.bytesCount = bytesCount
        }
    }

    package let blobCount: Int
    /// Bytes of the blobs, once decoded.
    package let rawBytesCount: UInt64
    /// Blobs that were here and cannot be read any more.
    package let suspectCount: Int
    /// Bytes that new content may still take.
    package let freeBytesCount: UInt64
    package let streams: [Stream]

    package init(
        blobCount: Int,
        rawBytesCount: UInt64,
        suspectCount: Int,
        freeBytesCount: UInt64,
        streams: [Stream]
    ) {
        self.blobCount = blobCount
        self.rawBytesCount = rawBytesCount
        self.suspectCount = suspectCount
        self.freeBytesCount = freeBytesCount
        self.streams = streams
    }
}
