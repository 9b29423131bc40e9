internal import TarnCore

/// Which segments a backup still has to copy. Pure: told what the node has and what lies there already.
struct BackupPlan: Equatable, Sendable {
    /// All segments of the backup, in the node's order; those to be copied have no ``BackupSegment/content`` yet.
    private(set) var segments: [BackupSegment]

    /// `known` are segments that earlier backups describe, `stored` the objects that are really there. What is
    /// described but missing, or has another size, is copied again.
    init(node: [BackupSegment], known: [BackupSegment], stored: [StoredObject]) {
        let described = Dictionary(known.map { ($0.fingerprint, $0) }) { first, _ in first }
        let sizes = Dictionary(stored.map { ($0.name, $0.bytesCount) }) { first, _ in first }
        self.segments = node.map { segment in
            var segment = segment
            guard sizes[segment.object] == segment.bytesCount,
                let before = described[segment.fingerprint], before.bytesCount == segment.bytesCount
            else { return segment }
            segment.content = before.content
            return segment
        }
    }

    /// Positions of what is to be copied.
    var missing: [Int] { self.segments.indices.filter { self.segments[$0].content == nil } }

    mutating func note(_ content: Digest, at position: Int) {
        self.segments[position].content = content
    }

    /// Objects that none of the backups `kept` needs.
    static func unused(_ stored: [StoredObject], kept: [BackupRoot]) -> [String] {
        let needed = Set(kept.flatMap { $0.segments.map(\.object) })
        return stored.map(\.name).filter { !needed.contains($0) }
    }
}
