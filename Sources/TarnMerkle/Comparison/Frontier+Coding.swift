internal import TarnCore

/// The bytes of digests, eight each, in questions and answers.
extension Frontier {
    func encode(into writer: inout CanonicalWriter, _ keys: inout KeyWriter) {
        writer.write(byte: UInt8(self.level + 1))
        writer.write(count: self.ranges.count)
        for range in self.ranges {
            keys.write(range.keys, to: &writer)
            writer.write(count: range.digests.count)
            for digest in range.digests { withUnsafeBytes(of: digest.littleEndian) { writer.write(raw: $0) } }
        }
    }

    init(from reader: inout CanonicalReader, _ keys: inout KeyReader) throws(CoreError) {
        let level = Int(try reader.readByte()) - 1
        guard level <= BoundaryRule.levelMax else { throw CoreError(.malformed, "digests of unknown level \(level)") }
        var ranges: [Range] = []
        for _ in 0..<(try reader.readCount(max: min(Limits.comparisonRangesMax, reader.remaining))) {
            let range = try keys.readRange(&reader)
            let count = try reader.readCount(max: reader.remaining / 8)
            var digests: [UInt64] = []
            digests.reserveCapacity(count)
            for _ in 0..<count {
                let bytes = try reader.readRaw(count: 8)
                digests.append(bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
            }
            ranges.append(Range(keys: range, digests: digests))
        }
        self.init(level: level, ranges: ranges)
    }
}
