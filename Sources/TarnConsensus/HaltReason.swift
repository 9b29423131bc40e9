package import TarnCore

/// Why a replica stops for good: histories that must be one are two, and going on would spread the damage.
package enum HaltReason: Hashable, Sendable, CustomStringConvertible {
    /// Another entry stands at an op that both sides hold.
    case differentEntry(op: Op, ours: Digest, theirs: Digest, member: Int)
    /// The entry after our head was made after another entry.
    case differentParent(op: Op, ours: Digest, theirs: Digest, member: Int)
    /// A member holds more of this view than its primary does: the primary lost entries after they left it.
    case primaryBehind(head: Op, theirs: Op, member: Int)

    package var description: String {
        switch self {
        case .differentEntry(let op, let ours, let theirs, let member):
            "op \(op) is \(ours) here and \(theirs) at member \(member)"
        case .differentParent(let op, let ours, let theirs, let member):
            "op \(op) of member \(member) follows \(theirs), but the entry before it is \(ours) here"
        case .primaryBehind(let head, let theirs, let member):
            "this primary's log ends at op \(head), but member \(member) holds op \(theirs) of the same view"
        }
    }
}
