package import TarnCore

extension Limits {
    /// Blobs whose raw content a stored blob may need directly.
    package static let basesMax = 3
    /// Ordinals have 48 bits on disk.
    package static let ordinalMax: UInt64 = 1 << 48 - 1
    /// Payload of one record: a blob or log body (4 MiB), or a checkpoint's payload.
    package static let recordPayloadBytesMax = 15 << 20
    /// A record with everything around its payload.
    package static let recordBytesMax = recordPayloadBytesMax + 1_024
    /// The records of one batch together: the most that recovery holds in memory at a time.
    package static let batchBytesMax = 24 << 20
    package static let batchRecordsMax = 1 << 20
    /// Offsets inside a segment have 32 bits.
    package static let segmentBytesMax = 1 << 31
    /// Damaged ranges that one segment's report lists; more are counted only.
    package static let damagesPerSegmentMax = 10_000
    /// Acknowledgements that wait for their entry to be found again.
    package static let looseAcknowledgementsMax = 1 << 20
}
