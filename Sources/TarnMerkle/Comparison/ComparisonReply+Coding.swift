package import TarnCore

/// The bytes of a comparison's messages (`ops/formats/peer-protocol.md`). Keys leave out what they share with the key
/// before; digests are eight bytes each.
extension ComparisonRequest {
    package func encode(into writer: inout CanonicalWriter) {
        var keys = KeyWriter()
        switch self {
        case .frontier(let frontier):
            writer.write(byte: 0)
            frontier.encode(into: &writer, &keys)
        case .entries(let ranges):
            writer.write(byte: 1)
            Frontier(level: Frontier.entryLevel, ranges: ranges).encode(into: &writer, &keys)
        }
    }

    package init(from reader: inout CanonicalReader) throws(CoreError) {
        let kind = try reader.readByte()
        var keys = KeyReader()
        let frontier = try Frontier(from: &reader, &keys)
        switch kind {
        case 0: self = .frontier(frontier)
        case 1 where frontier.level == Frontier.entryLevel: self = .entries(frontier.ranges)
        default: throw CoreError(.malformed, "question of unknown kind \(kind)")
        }
    }
}

extension ComparisonReply {
    package func encode(into writer: inout CanonicalWriter) {
        writer.write(byte: self.resume == nil ? 0 : 1)
        if let resume { writer.write(bytes: resume) }
        var keys = KeyWriter()
        switch self.content {
        case .frontier(let frontier):
            writer.write(byte: 0)
            frontier.encode(into: &writer, &keys)
        case .entries(let answers):
            writer.write(byte: 1)
            writer.write(count: answers.count)
            for answer in answers {
                keys.write(answer.keys, to: &writer)
                writer.write(count: answer.entries.count)
                for item in answer.entries {
                    keys.write(item.path.utf8, to: &writer)
                    item.entry.encode(into: &writer)
                }
                writer.write(count: answer.unmatched.count)
                for place in answer.unmatched { writer.write(count: place) }
            }
        }
    }

    package init(from reader: inout CanonicalReader) throws(CoreError) {
        let resume = try reader.readByte() == 1 ? Array(reader.readBytes(max: Limits.pathBytesMax + 1)) : nil
        let kind = try reader.readByte()
        var keys = KeyReader()
        guard kind == 1 else {
            guard kind == 0 else { throw CoreError(.malformed, "answer of unknown kind \(kind)") }
            self.init(content: .frontier(try Frontier(from: &reader, &keys)), resume: resume)
            return
        }
        var answers: [Entries] = []
        for _ in 0..<(try reader.readCount(max: min(Limits.comparisonRangesMax, reader.remaining))) {
            let range = try keys.readRange(&reader)
            var items: [Item] = []
            for _ in 0..<(try reader.readCount(max: reader.remaining)) {
                let path = try NamespacePath(utf8: keys.read(&reader))
                items.append(Item(path: path, entry: try Entry(from: &reader)))
            }
            var unmatched: [Int] = []
            for _ in 0..<(try reader.readCount(max: reader.remaining)) {
                unmatched.append(try reader.readCount(max: Int(Int32.max)))
            }
            answers.append(Entries(keys: range, entries: items, unmatched: unmatched))
        }
        self.init(content: .entries(answers), resume: resume)
    }
}

extension Frontier {
    fileprivate func encode(into writer: inout CanonicalWriter, _ keys: inout KeyWriter) {
        writer.write(byte: UInt8(self.level + 1))
        writer.write(count: self.ranges.count)
        for range in self.ranges {
            keys.write(range.keys, to: &writer)
            writer.write(count: range.digests.count)
            for digest in range.digests { withUnsafeBytes(of: digest.littleEndian) { writer.write(raw: $0) } }
        }
    }

    fileprivate init(from reader: inout CanonicalReader, _ keys: inout KeyReader) throws(CoreError) {
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

/// Writes keys, each without what it shares with the one before.
private struct KeyWriter {
    private var last: [UInt8] = []

    mutating func write(_ key: [UInt8], to writer: inout CanonicalWriter) {
        let shared = self.last.withUnsafeBytes { last in key.withUnsafeBytes { Bytes.sharedPrefixCount(last, $0) } }
        writer.write(count: shared)
        writer.write(bytes: key[shared...])
        self.last = key
    }

    mutating func write(_ range: KeyRange, to writer: inout CanonicalWriter) {
        self.write(range.lower, to: &writer)
        writer.write(byte: range.upper == nil ? 0 : 1)
        if let upper = range.upper { self.write(upper, to: &writer) }
    }
}

/// Reads what ``KeyWriter`` wrote.
private struct KeyReader {
    private var last: [UInt8] = []

    mutating func read(_ reader: inout CanonicalReader) throws(CoreError) -> [UInt8] {
        let shared = try reader.readCount(max: self.last.count)
        // A bound may be one byte longer than any path.
        self.last = self.last[..<shared] + Array(try reader.readBytes(max: Limits.pathBytesMax + 1 - shared))
        return self.last
    }

    mutating func readRange(_ reader: inout CanonicalReader) throws(CoreError) -> KeyRange {
        let lower = try self.read(&reader)
        return KeyRange(lower: lower, upper: try reader.readByte() == 0 ? nil : try self.read(&reader))
    }
}
