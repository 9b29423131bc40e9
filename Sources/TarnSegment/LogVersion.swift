package import TarnCore

/// Where a record of the log lies.
package struct LogLocation: Hashable, Sendable {
    package let segment: UInt32
    package let offset: UInt32
    package let bytesCount: UInt32

    package init(segment: UInt32, offset: UInt32, bytesCount: UInt32) {
        self.segment = segment
        self.offset = offset
        self.bytesCount = bytesCount
    }
}

/// One entry of the log as its index knows it. An op has several when a view change replaced it.
package struct LogVersion: Hashable, Sendable {
    package let hash: Digest
    package let parent: Digest
    package var location: LogLocation
    package var isAcknowledged: Bool
    /// Counts appended records, so that newer ones are told from older.
    var stamp: UInt64
}
