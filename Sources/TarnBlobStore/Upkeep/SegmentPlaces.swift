internal import Logging
internal import TarnSegment
internal import TarnStorage

/// Puts the segments that a start finds into the order in which their records count, and finishes compactions that a
/// crash interrupted.
///
/// A compaction counts once its segment has its name; what it took over is void from then on, whether or not it was
/// unlinked. A segment that has not got its name yet never counted.
struct SegmentPlaces {
    struct Segment: Sendable {
        let number: UInt32
        let stream: SegmentStream
        /// Of a segment made by compaction.
        let place: ClosedRange<UInt32>?

        fileprivate var range: ClosedRange<UInt32> { self.place ?? self.number...self.number }
    }

    let files: SegmentFiles
    let key: SegmentKey
    let clusterID: [UInt8]
    let logger: Logger

    /// Removes what is void and returns the rest.
    func arrange(_ listed: [(number: UInt32, stream: SegmentStream)]) throws -> [Segment] {
        var segments = listed.map { Segment(number: $0.number, stream: $0.stream, place: self.place($0)) }
        for stream in SegmentStream.allCases { try self.removeUnfinished(stream) }
        for maker in segments where maker.place != nil {
            let void = segments.filter { other in
                other.stream == maker.stream && other.number < maker.number
                    && maker.range.contains(other.range.lowerBound) && maker.range.contains(other.range.upperBound)
            }
            // Without an intact footer nobody knows whether it is whole: then the old ones may be needed.
            guard !void.isEmpty, self.hasFooter(maker) else { continue }
            for segment in void { try self.remove(self.files.path(segment.number, segment.stream)) }
            try self.files.storage.synchronizeDirectory(self.files.directory(of: maker.stream))
            segments.removeAll { segment in void.contains { $0.number == segment.number } }
        }
        return segments.sorted { ($0.range.lowerBound, $0.number) < ($1.range.lowerBound, $1.number) }
    }

    private func place(_ segment: (number: UInt32, stream: SegmentStream)) -> ClosedRange<UInt32>? {
        guard let file = try? self.files.storage.open(self.files.path(segment.number, segment.stream), .read) else {
            return nil
        }
        guard let header = try? SegmentOpener.header(of: file) else {
            // Replayed behind what came later, its records would undo it.
            return try? self.rows(segment.number, segment.stream).place()
        }
        guard header.key == self.key, header.clusterID == self.clusterID, header.number == segment.number,
            header.stream == segment.stream
        else { return nil }
        return header.place
    }

    private func hasFooter(_ segment: Segment) -> Bool {
        (try? self.rows(segment.number, segment.stream).footer { _ in }) != nil
    }

    private func rows(_ number: UInt32, _ stream: SegmentStream) -> SegmentRows {
        SegmentRows(number: number, stream: stream, files: self.files, key: self.key)
    }

    private func removeUnfinished(_ stream: SegmentStream) throws {
        let directory = self.files.directory(of: stream)
        for listing in try self.files.storage.list(directory) where !listing.isDirectory {
            guard listing.name.hasSuffix(SegmentRewriter.suffix) else { continue }
            try self.remove("\(directory)/\(listing.name)")
        }
    }

    private func remove(_ path: String) throws {
        do throws(StorageError) {
            try self.files.storage.remove(path)
            self.logger.notice("leftover of a compaction removed", metadata: ["path": "\(path)"])
        } catch {
            guard error.code != .crashed else { throw error }
            self.logger.warning("leftover of a compaction not removed", metadata: ["error": "\(error)"])
        }
    }
}
