internal import TarnCore
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

    /// Up to `count` bytes of a segment from `offset` on. Throws `notFound` for one that is not here, or is still
    /// written.
    package func readSegment(_ number: UInt32, at offset: Int, count: Int) async throws -> [UInt8] {
        guard let place = self.sealedPlaces().first(where: { $0.number == number }) else {
            throw StoreError(.notFound, "segment \(number) is not here, or not complete")
        }
        return try await self.pool.run(.bulk) { _ in
            guard let file = try self.openSegment(place) else {
                throw StoreError(.notFound, "segment \(number) is not here any more")
            }
            return try file.read(at: offset, count: count)
        }
    }

    private func sealedPlaces() -> [PlacedSegment] {
        [SegmentStream.small, .bulk].flatMap { self.files.placed(of: $0) }.filter { !$0.isActive }
    }

    /// Nil for a segment that was removed meanwhile.
    private func describe(_ place: PlacedSegment) throws -> SealedSegment? {
        guard let file = try self.openSegment(place) else { return nil }
        let count = try file.bytesCount()
        var writer = CanonicalWriter()
        writer.write(raw: try file.read(at: 0, count: Self.edgeBytesCount))
        writer.write(raw: try file.read(at: max(0, count - Self.edgeBytesCount), count: Self.edgeBytesCount))
        writer.write(UInt64(count))
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
