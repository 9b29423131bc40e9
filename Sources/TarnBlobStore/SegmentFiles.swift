internal import DequeModule
internal import Synchronization
internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// The segment files of one store: their names, and a bounded set of them open for reading.
final class SegmentFiles: Sendable {
    /// A segment, and whether it is read past the page cache.
    private struct Reading: Hashable {
        let number: UInt32
        let isDirect: Bool
    }

    private struct State {
        var streams: [UInt32: SegmentStream] = [:]
        var open: [Reading: any StorageFile] = [:]
        var order: Deque<Reading> = []
        var largeReads = LargeReads()
        /// Of segments made by compaction: the numbers they took over.
        var places: [UInt32: ClosedRange<UInt32>] = [:]
        /// Segments that some stream is writing, and where the last durable batch of each ends.
        var active: [UInt32: Int] = [:]
        /// Segments of which a write or synchronization failed.
        var poisoned: Set<UInt32> = []
        /// Of segments that are copied elsewhere: what the disk does not give of them.
        var gaps: [UInt32: [Range<Int>]] = [:]
    }

    let storage: any Storage
    private let directory: String
    private let state = Mutex(State())

    /// `directory` is the data folder.
    init(storage: any Storage, directory: String) {
        self.storage = storage
        self.directory = directory
    }

    func directory(of stream: SegmentStream) -> String { "\(self.directory)/segments/\(stream.name)" }

    func path(_ number: UInt32, _ stream: SegmentStream) -> String {
        let digits = String(number)
        return
            "\(self.directory(of: stream))/\(String(repeating: "0", count: max(0, 8 - digits.utf8.count)))\(digits).seg"
    }

    /// The number in a segment's file name, or nil for any other name.
    static func number(ofFile name: String) -> UInt32? {
        guard name.hasSuffix(".seg") else { return nil }
        return UInt32(name.dropLast(4)).flatMap { $0 > 0 ? $0 : nil }
    }

    /// Makes the folders of a new store; does nothing when they are there.
    func makeDirectories() throws(StorageError) {
        try self.storage.makeDirectory("\(self.directory)/segments")
        for stream in SegmentStream.allCases { try self.storage.makeDirectory(self.directory(of: stream)) }
        try self.storage.synchronizeDirectory("\(self.directory)/segments")
        try self.storage.synchronizeDirectory(self.directory)
    }

    /// Makes `number` known as a segment that reads may name.
    func register(_ number: UInt32, _ stream: SegmentStream, place: ClosedRange<UInt32>? = nil) {
        self.state.withLock { state in
            state.streams[number] = stream
            state.places[number] = place
        }
    }

    /// Forgets a segment whose file is gone, or about to go. Reads under way go on with the file they hold.
    func unregister(_ number: UInt32) {
        self.state.withLock { state in
            state.streams[number] = nil
            state.places[number] = nil
            state.poisoned.remove(number)
            state.gaps[number] = nil
            for isDirect in [false, true] { state.open[Reading(number: number, isDirect: isDirect)] = nil }
            state.order.removeAll { $0.number == number }
        }
    }

    /// Says that batches are being appended to the segment, and that it is durable up to `end`; nil for no longer.
    func setActive(_ number: UInt32, durableEnd: Int?) {
        self.state.withLock { $0.active[number] = durableEnd }
    }

    /// Where the last durable batch ends in a segment that is being written; nil for any other.
    func durableEnd(of number: UInt32) -> Int? { self.state.withLock { $0.active[number] } }

    /// Remembers that the disk failed under the segment.
    func poison(_ number: UInt32) {
        self.state.withLock { _ = $0.poisoned.insert(number) }
    }

    /// Segments of which a write or synchronization failed since the store was opened.
    var poisoned: Set<UInt32> { self.state.withLock { $0.poisoned } }

    /// Remembers which bytes of the segment the disk does not give, ascending.
    func setGaps(_ gaps: [Range<Int>], in number: UInt32) {
        self.state.withLock { state in
            guard state.streams[number] != nil else { return }
            state.gaps[number] = gaps.isEmpty ? nil : gaps
        }
    }

    /// See ``setGaps(_:in:)``.
    func gaps(in number: UInt32) -> [Range<Int>] { self.state.withLock { $0.gaps[number] ?? [] } }

    /// Every segment of `stream`, in the order in which their records count.
    func placed(of stream: SegmentStream) -> [PlacedSegment] {
        self.state.withLock { state in
            state.streams.filter { $0.value == stream }.keys.map {
                PlacedSegment(
                    number: $0,
                    stream: stream,
                    place: state.places[$0] ?? $0...$0,
                    isActive: state.active[$0] != nil
                )
            }
        }.sorted { ($0.place.lowerBound, $0.number) < ($1.place.lowerBound, $1.number) }
    }

    func segmentCounts() -> [SegmentStream: Int] {
        self.state.withLock { $0.streams.values.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
    }

    /// `count` bytes of a segment; fewer when it ends before.
    func read(_ number: UInt32, at offset: Int, count: Int) throws -> [UInt8] {
        // Where the file system refuses to be read that way, and where the disk fails, the usual way says what is so.
        if self.isReadDirectly(number, at: offset, count: count),
            let bytes = try? self.file(Reading(number: number, isDirect: true)).read(at: offset, count: count)
        {
            return bytes
        }
        return try self.file(Reading(number: number, isDirect: false)).read(at: offset, count: count)
    }

    /// Whether to read past the page cache: what is large, was not read lately and was not written just now.
    private func isReadDirectly(_ number: UInt32, at offset: Int, count: Int) -> Bool {
        guard count >= Limits.largeReadBytesMin else { return false }
        return self.state.withLock { state in
            if let end = state.active[number], offset >= end - Limits.bulkCachedBytesMax { return false }
            return !state.largeReads.note(number, at: offset)
        }
    }

    private func file(_ reading: Reading) throws -> any StorageFile {
        let (known, stream) = self.state.withLock { ($0.open[reading], $0.streams[reading.number]) }
        if let known { return known }
        guard let stream else { throw StoreError(.notFound, "segment \(reading.number) is not here") }
        let file = try self.storage.open(self.path(reading.number, stream), reading.isDirect ? .direct : .read)
        self.state.withLock { state in
            // One that was removed meanwhile gives its space back when this read lets go of it.
            guard state.streams[reading.number] != nil, state.open.updateValue(file, forKey: reading) == nil else {
                return
            }
            state.order.append(reading)
            // A file that a read still uses closes when that read lets go of it.
            while state.order.count > Limits.openSegmentsMax, let oldest = state.order.popFirst() {
                state.open[oldest] = nil
            }
        }
        return file
    }

    /// Closes all files; later reads open them again.
    func closeAll() {
        self.state.withLock { state in
            state.open = [:]
            state.order = []
        }
    }
}
