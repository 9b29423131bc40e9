internal import TarnCore

/// Reads what ``KeyWriter`` wrote.
struct KeyReader {
    private var last: [UInt8] = []

    mutating func read(_ reader: inout CanonicalReader) throws(CoreError) -> [UInt8] {
        let shared = try reader.readCount(max: self.last.count)
        // A bound may be one byte longer than any path.
        self.last = self.last[..<shared] + Array(try reader.readBytes(max: Limits.pathBytesMax + 1 - shared))
        return self.last
    }

    mutating func readRange(_ reader: inout CanonicalReader) throws(CoreError) -> KeyRange {
        let lower = try self.read(&reader)
        let flag = try reader.readByte()
        guard flag <= 1 else { throw CoreError(.malformed, "flag \(flag) is neither 0 nor 1") }
        return KeyRange(lower: lower, upper: try flag == 0 ? nil : self.read(&reader))
    }
}
