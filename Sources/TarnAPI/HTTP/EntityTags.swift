internal import TarnCore

/// The entity tags of an `If-Match` or `If-None-Match` header (RFC 9110, section 13.1). A tag here is the content's
/// SHA-256, quoted.
enum EntityTags: Hashable, Sendable {
    /// `*`: whatever stands there.
    case any
    /// Tags of other forms can match nothing and are left out.
    case some([Digest])

    /// Nil when there is no such header.
    init?(_ header: String?) {
        guard let header else { return nil }
        if header.utf8.elementsEqual([0x2a]) {
            self = .any
            return
        }
        self = .some(
            header.split(separator: ",").compactMap { part in
                var tag = part.drop { $0 == " " || $0 == "\t" }
                if tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
                while let last = tag.last, last == " " || last == "\t" { tag = tag.dropLast() }
                guard tag.utf8.count == 66, tag.hasPrefix("\""), tag.hasSuffix("\"") else { return nil }
                return Digest(hex: tag.dropFirst().dropLast())
            }
        )
    }

    /// Whether `content` is among the tags; nil stands for a path where nothing is.
    func match(_ content: Digest?) -> Bool {
        guard let content else { return false }
        switch self {
        case .any: return true
        case .some(let tags): return tags.contains(content)
        }
    }

    static func text(_ content: Digest) -> String { "\"\(content.hex)\"" }
}
