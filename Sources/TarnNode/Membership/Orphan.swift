package import TarnCore

/// A change set of a deposed primary that never committed.
package struct Orphan: Hashable, Sendable {
    /// Header hash of its entry: its name.
    package let hash: Digest
    package let entry: LogEntry
    /// The op that its request became after all, because its client asked again.
    package let committedAs: Op?
    /// Whether a person replayed or discarded it.
    package let isDecided: Bool

    package init(hash: Digest, entry: LogEntry, committedAs: Op?, isDecided: Bool) {
        self.hash = hash
        self.entry = entry
        self.committedAs = committedAs
        self.isDecided = isDecided
    }

    /// Whether somebody has to look at it.
    package var isOpen: Bool { self.committedAs == nil && !self.isDecided }

    /// The document that says what became of the orphan.
    package static func decisionPath(of hash: Digest) -> NamespacePath {
        NamespacePath(unchecked: Array("/meta/orphan/\(hash.hex).json".utf8))
    }
}
