internal import Synchronization
internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Hands out what is unique in a store: segment numbers, batch sequence numbers, ordinals.
final class SegmentFactory: Sendable {
    private let number: Atomic<UInt32>
    private let sequence: Atomic<UInt64>
    private let ordinal: Atomic<UInt64>
    private let files: SegmentFiles
    private let growthStep: Int
    private let clusterID: [UInt8]
    private let datacenter: DatacenterID
    private let key: SegmentKey

    /// The next values to hand out follow the highest that were found on disk.
    init(
        lastNumber: UInt32,
        lastSequence: UInt64,
        nextOrdinal: UInt64,
        files: SegmentFiles,
        configuration: BlobStore.Configuration,
        key: SegmentKey
    ) {
        self.number = Atomic(lastNumber)
        self.sequence = Atomic(lastSequence)
        self.ordinal = Atomic(nextOrdinal)
        self.files = files
        self.growthStep = configuration.growthStepBytes
        self.clusterID = configuration.clusterID
        self.datacenter = configuration.datacenter
        self.key = key
    }

    func nextSequence() -> UInt64 {
        self.sequence.add(1, ordering: .relaxed).newValue
    }

    /// The first of `count` ordinals.
    func takeOrdinals(_ count: UInt64) -> UInt64 {
        self.ordinal.add(count, ordering: .relaxed).oldValue
    }

    /// One above every ordinal that was ever handed out.
    var nextOrdinal: UInt64 { self.ordinal.load(ordering: .relaxed) }

    /// Begins a segment that takes over the records of those in `place`; see ``SegmentRewriter``.
    func makeRewriter(_ stream: SegmentStream, place: ClosedRange<UInt32>) throws(StorageError) -> SegmentRewriter {
        let header = SegmentHeader(
            number: self.number.add(1, ordering: .relaxed).newValue,
            stream: stream,
            clusterID: self.clusterID,
            datacenter: self.datacenter,
            key: self.key,
            place: place
        )
        return try SegmentRewriter(header: header, files: self.files, factory: self)
    }

    func makeSegment(_ stream: SegmentStream) throws(StorageError) -> SegmentAppender {
        let number = self.number.add(1, ordering: .relaxed).newValue
        let header = SegmentHeader(
            number: number,
            stream: stream,
            clusterID: self.clusterID,
            datacenter: self.datacenter,
            key: self.key
        )
        return try SegmentAppender(
            create: number,
            stream,
            header: header,
            files: self.files,
            growthStep: self.growthStep
        )
    }
}
