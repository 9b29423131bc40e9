/// What a `Range` header asks of a content of known size (RFC 9110, section 14).
enum ByteRange: Hashable, Sendable {
    /// No range, several of them, another unit, or a header that cannot be read: the whole content is the right answer.
    case whole
    case part(Range<UInt64>)
    /// Nothing of the content lies in the range: 416.
    case unsatisfiable

    init(_ header: String?, size: UInt64) {
        self = header.flatMap { Self.parse($0, size: size) } ?? .whole
    }

    private static func parse(_ header: String, size: UInt64) -> ByteRange? {
        let unitEnd = header.utf8.firstIndex(of: 0x3d)
        guard let unitEnd, header[..<unitEnd].lowercased() == "bytes" else { return nil }
        let text = header[header.utf8.index(after: unitEnd)...]
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, !text.contains(",") else { return nil }
        if bounds[0].isEmpty {
            guard let count = Self.number(bounds[1]) else { return nil }
            return count == 0 || size == 0 ? .unsatisfiable : .part(size - min(count, size)..<size)
        }
        guard let first = Self.number(bounds[0]) else { return nil }
        if bounds[1].isEmpty { return first < size ? .part(first..<size) : .unsatisfiable }
        guard let last = Self.number(bounds[1]), last >= first else { return nil }
        return first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
    }

    /// Digits only: `UInt64` would also take a sign. A number past 64 bits is past every content.
    private static func number(_ text: Substring) -> UInt64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt64(text) ?? .max
    }
}
