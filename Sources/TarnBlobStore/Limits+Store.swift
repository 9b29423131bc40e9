package import TarnCore

extension Limits {
    /// Requests that one stream's writer takes before it refuses.
    package static let writeRequestsMax = 65_536
    /// Jobs that wait for a worker thread before new ones are refused.
    package static let workerJobsMax = 65_536
    /// Callers and bytes that share one batch.
    package static let batchCallersMax = 1_024
    package static let batchTargetBytes = 4 << 20
    /// The same where chunks go: each is as large as a batch elsewhere, and a disk takes several at once in hardly more
    /// time than one.
    package static let bulkBatchTargetBytes = 12 << 20
    /// Chunks written last that stay in the page cache.
    package static let bulkCachedBytesMax = 32 << 20
    /// How many blobs deep a difference may reach, and how many raw bytes decoding one blob may touch.
    package static let decodeDepthMax = 8
    package static let decodeBytesMax = 32 << 20
    /// Records of this size on are read past the page cache the first time, and the number of those remembered, in bits:
    /// 16 GiB of chunks.
    package static let largeReadBytesMin = 512 << 10
    package static let largeReadsBits = 12
    /// Segment files that are kept open for reading.
    package static let openSegmentsMax = 128
    /// Decoded blobs above this are not cached.
    package static let cachedBlobBytesMax = 1 << 20
    /// Bases that a verification of everything keeps decoded.
    package static let verifyCacheBytesMax = 24 << 20
    /// Bases that a compaction keeps decoded and proved, to encode blobs against them again.
    package static let recompressionCacheBytesMax = 16 << 20
    /// Records and bytes that one step of a compaction copies, unless a single record is larger.
    package static let compactionStepRecordsMax = 512
    package static let compactionStepBytesMax = 4 << 20
    /// Blobs up to this are hashed on the caller's thread when the cache has them.
    package static let inlineHashBytesMax = 64 << 10
    /// Bodies of log entries that are stored raw when they have no more bytes than this together.
    package static let rawLogBodyBytesMax = 4 << 10
    /// Larger blobs are made durable before anything may name them.
    package static let queuedBlobBytesMax = 64 << 10
    /// Parts of one segment that the disk does not give, and that a backup may do without.
    package static let segmentGapsMax = 1_024
    /// Segments that one compaction turns into one.
    package static let compactedSegmentsMax = 64
    /// The file in which upkeep remembers, and the condemned blobs that it lists.
    package static let upkeepFileBytesMax = 64 << 20
    package static let upkeepCondemnedMax = 2 << 20
    /// Ordinals that fit the table in memory.
    package static let blobsPerStoreMax: UInt64 = 1 << 32 - 2
}

extension Limits {
    /// A blob above this is not compared with others: it gains little, and a base of its size is dear to read.
    package static let similarBlobBytesMax = 1 << 20
    /// Fingerprints that stand for a blob: one bit each in a vote.
    package static let featuresMax = 64
    /// Blobs that may be bases: 2^18 of 56 bytes, in a table of 2^18 buckets of 64 bytes.
    package static let similarityCandidatesMax = 1 << 18
    package static let similarityBucketBitsMax = 18
    /// How many blobs deep a difference may be for others to be made against it.
    package static let deltaDepthMax = 7

    /// Bytes that decoding a difference of `rawBytesCount` bytes may take in all: 30 ordinary notebooks, or six times
    /// its own length.
    package static func deltaDecodeBytesMax(_ rawBytesCount: Int) -> Int { max(256 << 10, 6 * rawBytesCount) }
}
