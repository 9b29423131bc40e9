internal import TarnCore

/// Consecutive entries of the log, each the parent of the next.
struct LogRun: Sendable {
    /// A version without its parent, which is the link before.
    struct Link: Sendable {
        let hash: Digest
        var location: LogLocation
        var isAcknowledged: Bool
        var stamp: UInt64
    }

    /// The op of the first link; what must stand before it has the hash ``firstParent``.
    private(set) var first: UInt64
    private(set) var firstParent: Digest
    private(set) var links: ContiguousArray<Link> = []

    /// An empty run behind the entry `parent`, which has the op before `first`.
    init(first: UInt64, parent: Digest) {
        self.first = first
        self.firstParent = parent
    }

    /// One above the last op.
    var end: UInt64 { self.first + UInt64(self.links.count) }
    /// Hash of the last entry, or of the one that the run waits for.
    var tip: Digest { self.links.last?.hash ?? self.firstParent }

    func contains(_ op: UInt64) -> Bool { op >= self.first && op < self.end }

    func hash(at op: UInt64) -> Digest { self.links[Int(op - self.first)].hash }

    func location(at op: UInt64) -> LogLocation { self.links[Int(op - self.first)].location }

    func parent(at op: UInt64) -> Digest {
        op == self.first ? self.firstParent : self.links[Int(op - self.first) - 1].hash
    }

    func version(at op: UInt64) -> LogVersion {
        let link = self.links[Int(op - self.first)]
        return LogVersion(
            hash: link.hash,
            parent: self.parent(at: op),
            location: link.location,
            isAcknowledged: link.isAcknowledged,
            stamp: link.stamp
        )
    }

    mutating func append(_ version: LogVersion) {
        self.links.append(Self.link(version))
    }

    mutating func append(_ other: LogRun) {
        self.links.append(contentsOf: other.links)
    }

    mutating func prepend(_ version: LogVersion) {
        self.links.insert(Self.link(version), at: 0)
        self.first -= 1
        self.firstParent = version.parent
    }

    /// Removes `op` and all behind it; nothing when it is not here.
    mutating func cut(from op: UInt64) -> [(op: UInt64, version: LogVersion)] {
        guard self.contains(op) else { return [] }
        let removed = (op..<self.end).map { (op: $0, version: self.version(at: $0)) }
        self.links.removeLast(removed.count)
        return removed
    }

    mutating func update(at op: UInt64, _ change: (inout Link) -> Void) {
        change(&self.links[Int(op - self.first)])
    }

    private static func link(_ version: LogVersion) -> Link {
        Link(
            hash: version.hash,
            location: version.location,
            isAcknowledged: version.isAcknowledged,
            stamp: version.stamp
        )
    }
}
