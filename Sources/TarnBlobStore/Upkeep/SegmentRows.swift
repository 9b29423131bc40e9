internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// What one segment holds, by its footer.
struct SegmentRows {
    let number: UInt32
    let stream: SegmentStream
    let files: SegmentFiles
    let key: SegmentKey

    private var path: String { self.files.path(self.number, self.stream) }

    /// Gives every record to `visit`, in order of writing, and returns the file's size. Throws ``SegmentError`` when
    /// there is no intact footer.
    @discardableResult
    func footer(_ visit: (IndexRow) -> Void) throws -> Int {
        let (file, bytesCount, trailer) = try self.trailer()
        let range = try trailer.withUnsafeBytes {
            try SegmentFooter.rowsRange(
                trailer: $0,
                fileBytesCount: bytesCount,
                segment: self.number,
                key: self.key,
                Checksums.self
            )
        }
        let bytes = try file.read(at: range.lowerBound, count: bytesCount - range.lowerBound)
        _ = try bytes.withUnsafeBytes {
            try SegmentFooter(
                decoding: $0,
                fileBytesCount: bytesCount,
                segment: self.number,
                key: self.key,
                Checksums.self,
                visit: visit
            )
        }
        return bytesCount
    }

    /// The numbers that a segment made by compaction took over, by its trailer; nil for another one. Throws when there is
    /// no intact trailer.
    func place() throws -> ClosedRange<UInt32>? {
        let (_, bytesCount, trailer) = try self.trailer()
        return try trailer.withUnsafeBytes {
            try SegmentFooter.place(
                trailer: $0,
                fileBytesCount: bytesCount,
                segment: self.number,
                key: self.key,
                Checksums.self
            )
        }
    }

    private func trailer() throws -> (file: any StorageFile, bytesCount: Int, trailer: [UInt8]) {
        let file = try self.files.storage.open(self.path, .read)
        let bytesCount = try file.bytesCount()
        let start = max(0, bytesCount - SegmentFooter.trailerBytesCount)
        return (file, bytesCount, try file.read(at: start, count: SegmentFooter.trailerBytesCount))
    }
}
