internal import TarnCore
internal import TarnStorage

/// Finds the parts of a file that the disk does not give.
struct GapFinder {
    /// What is read at a time: smaller pieces of what is not given, down to a sector.
    private static let pieceBytesCounts = [64 << 10, 4 << 10, 512]

    let file: any StorageFile
    /// Ascending, and none touches the next.
    private(set) var gaps: [Range<Int>] = []

    init(_ file: any StorageFile) {
        self.file = file
    }

    /// Looks through `range`, which comes after what was looked through before. Throws `corrupt` where there are more
    /// gaps than ``Limits/segmentGapsMax``, and ``StorageError`` when it is not the disk that fails.
    mutating func search(_ range: Range<Int>) throws {
        try self.search(range, Self.pieceBytesCounts[...])
    }

    private mutating func search(_ range: Range<Int>, _ bytesCounts: ArraySlice<Int>) throws {
        guard let bytesCount = bytesCounts.first else { return try self.add(range) }
        var start = range.lowerBound
        while start < range.upperBound {
            // Cut where sectors begin, wherever the range does.
            let end = min((start / bytesCount + 1) * bytesCount, range.upperBound)
            do throws(StorageError) {
                _ = try self.file.read(at: start, count: end - start)
            } catch {
                guard error.code == .inputOutput else { throw error }
                try self.search(start..<end, bytesCounts.dropFirst())
            }
            start = end
        }
    }

    private mutating func add(_ range: Range<Int>) throws {
        if let last = self.gaps.last, last.upperBound >= range.lowerBound {
            self.gaps[self.gaps.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            return
        }
        guard self.gaps.count < Limits.segmentGapsMax else {
            throw StoreError(.corrupt, "the disk does not give more than \(Limits.segmentGapsMax) parts of the file")
        }
        self.gaps.append(range)
    }
}
