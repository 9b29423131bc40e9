package import TarnCore

/// The bytes of a question (`ops/formats/peer-protocol.md`).
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
