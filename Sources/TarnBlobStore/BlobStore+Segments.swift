package import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Segments as files, for whoever copies them elsewhere: bytes as they lie on the disk, encrypted ones still so.
extension BlobStore {
    private static let edgeBytesCount = 4_096
    private static let listAttemptsMax = 8

    /// Ends the segments that blobs and log are written to, and returns all that are complete. Together they hold every
    /// entry and blob that was durable before the call. Throws `overloaded` when compactions keep replacing them.
    package func sealSegments() async throws -> [SealedSegment] {
        // The log first: what it names was durable before it, so a later seal of the others has that, too.
        await self.small.roll()
        await self.bulk.roll()
        for _ in 0..<Self.listAttemptsMax {
            let before = self.sealedPlaces()
            let described = try await self.pool.run(.bulk) { _ in try before.map { try self.describe($0) } }
            // A compaction that ended meanwhile has moved records to a segment that the list does not name.
            if self.sealedPlaces() == before { return described.compactMap { $0 } }
        }
        throw StoreError(.overloaded, "segments are being compacted too quickly to be listed")
    }

    /// Up to `count` bytes of a segment from `offset` on; zeros where it has gaps that are noted. Throws `notFound` for one
    /// that is not here, is still written, or has another fingerprint than `fingerprint` says, and `corrupt` where the
    /// disk does not give it. Without a fingerprint there are no zeros either: whoever asks may not know of the gaps.
    package func readSegment(
        _ number: UInt32,
        fingerprint: Digest?,
        at offset: Int,
        count: Int
    ) async throws -> [UInt8] {
        let place = try self.sealedPlace(number)
        return try await self.pool.run(.bulk) { _ in
            let gaps = fingerprint == nil ? [] : self.files.gaps(in: number)
            guard let file = try self.openSegment(place),
                try fingerprint == nil || self.describe(place, file, gaps: gaps).fingerprint == fingerprint
            else { throw StoreError(.notFound, "segment \(number) is not here any more") }
            do throws(StorageError) {
                return try Self.read(file, at: offset, count: count, around: gaps)
            } catch {
                guard error.code == .inputOutput else { throw error }
                throw StoreError(.corrupt, "the disk does not give all of segment \(number): \(error)")
            }
        }
    }

    /// Has the segment be copied without what the disk does not give of it, under another fingerprint. Throws `corrupt`
    /// when that is its footer, which says what stood there.
    package func noteGaps(in number: UInt32) async throws {
        let place = try self.sealedPlace(number)
        try await self.pool.run(.bulk) { _ in
            guard let file = try self.openSegment(place) else { return }
            let rows = SegmentRows(number: number, stream: place.stream, files: self.files, key: self.index.key)
            do {
                try rows.footer { _ in }
            } catch {
                throw StoreError(.corrupt, "the footer of segment \(number) cannot be read: \(error)")
            }
            var finder = GapFinder(file)
            try finder.search(0..<(try file.bytesCount()))
            self.files.setGaps(finder.gaps, in: number)
        }
    }

    private func sealedPlace(_ number: UInt32) throws(StoreError) -> PlacedSegment {
        guard let place = self.sealedPlaces().first(where: { $0.number == number }) else {
            throw StoreError(.notFound, "segment \(number) is not here, or not complete")
        }
        return place
    }

    /// Up to `count` bytes from `offset` on, with zeros for `gaps`.
    private static func read(
        _ file: any StorageFile,
        at offset: Int,
        count: Int,
        around gaps: [Range<Int>]
    ) throws(StorageError) -> [UInt8] {
        let end = min(offset + count, max(offset, try file.bytesCount()))
        var bytes: [UInt8] = []
        for gap in gaps where gap.overlaps(offset..<end) {
            let start = offset + bytes.count
            if gap.lowerBound > start { bytes += try file.read(at: start, count: gap.lowerBound - start) }
            bytes += [UInt8](repeating: 0, count: min(gap.upperBound, end) - offset - bytes.count)
        }
        return bytes + (try file.read(at: offset + bytes.count, count: end - offset - bytes.count))
    }

    private func sealedPlaces() -> [PlacedSegment] {
        [SegmentStream.small, .bulk].flatMap { self.files.placed(of: $0) }.filter { !$0.isActive }
    }

    /// Nil for a segment that was removed meanwhile.
    private func describe(_ place: PlacedSegment) throws -> SealedSegment? {
        guard let file = try self.openSegment(place) else { return nil }
        // A disk may give on a later day what it did not give.
        let noted = self.files.gaps(in: place.number)
        var finder = GapFinder(file)
        for gap in noted { try finder.search(gap) }
        if finder.gaps != noted { self.files.setGaps(finder.gaps, in: place.number) }
        return try self.describe(place, file, gaps: finder.gaps)
    }

    private func describe(
        _ place: PlacedSegment,
        _ file: any StorageFile,
        gaps: [Range<Int>]
    ) throws -> SealedSegment {
        let count = try file.bytesCount()
        var edges = GapFinder(file)
        var writer = CanonicalWriter()
        for start in [0, max(0, count - Self.edgeBytesCount)] {
            let edge = start..<min(start + Self.edgeBytesCount, count)
            try edges.search(edge)
            writer.write(raw: try Self.read(file, at: edge.lowerBound, count: edge.count, around: edges.gaps))
        }
        writer.write(UInt64(count))
        for gap in gaps {
            writer.write(UInt64(gap.lowerBound))
            writer.write(UInt64(gap.upperBound))
        }
        return SealedSegment(
            number: place.number,
            stream: place.stream,
            bytesCount: UInt64(count),
            fingerprint: Checksums.digest(writer.bytes)
        )
    }

    private func openSegment(_ place: PlacedSegment) throws -> (any StorageFile)? {
        do throws(StorageError) {
            return try self.files.storage.openStored(self.files.path(place.number, place.stream))
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }
}
