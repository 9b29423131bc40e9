/// How much of what was acknowledged a read must have seen: `linearizable`, `bounded(500)`, `atLeast(12)` or `local`.
///
/// A shell takes parentheses for its own, so `bounded:500` and `atLeast:12` say the same.
package enum ReadLevel: Hashable, Sendable, CustomStringConvertible {
    /// Everything that was acknowledged before the read came.
    case linearizable
    /// Everything that was acknowledged longer than so many milliseconds before the answer.
    case bounded(milliseconds: UInt64)
    /// Everything up to this op.
    case atLeast(Op)
    /// Whatever the node has.
    case local

    /// A bound beyond a day promises nothing that anybody could use.
    private static let boundMillisecondsMax: UInt64 = 86_400_000

    /// What levels look like, for messages about one that does not.
    package static let expected = "linearizable, bounded(MILLISECONDS), atLeast(OP) or local"

    /// Nil when `text` is none of the levels, or its bound is 0 or longer than a day.
    package init?(_ text: String) {
        switch text {
        case "linearizable": self = .linearizable
        case "local": self = .local
        default:
            guard let (name, digits) = Self.split(text), !digits.isEmpty,
                digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt64(digits)
            else { return nil }
            switch name {
            case "bounded" where number > 0 && number <= Self.boundMillisecondsMax:
                self = .bounded(milliseconds: number)
            case "atLeast": self = .atLeast(Op(number))
            default: return nil
            }
        }
    }

    package var description: String {
        switch self {
        case .linearizable: "linearizable"
        case .bounded(let milliseconds): "bounded(\(milliseconds))"
        case .atLeast(let op): "atLeast(\(op))"
        case .local: "local"
        }
    }

    private static func split(_ text: String) -> (name: Substring, digits: Substring)? {
        if let colon = text.firstIndex(of: ":") { return (text[..<colon], text[text.index(after: colon)...]) }
        guard let open = text.firstIndex(of: "("), text.last == ")" else { return nil }
        return (text[..<open], text[text.index(after: open)...].dropLast())
    }
}
