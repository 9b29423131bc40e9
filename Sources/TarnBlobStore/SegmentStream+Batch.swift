internal import TarnCore
internal import TarnSegment

extension SegmentStream {
    /// Bytes of records that share one batch.
    var batchTargetBytes: Int { self == .bulk ? Limits.bulkBatchTargetBytes : Limits.batchTargetBytes }
}
