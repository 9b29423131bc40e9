package import TarnCore

/// Shows that a root covers an entry at a path, or none: the entry or its two neighbours, and the hashes that lead from
/// there to the root.
///
/// Absence is shown by two entries that stand next to each other, one before the path and one behind it; at either end
/// of the tree by the first or the last entry alone; in an empty tree by nothing.
package struct MerkleProof: Hashable, Sendable {
    /// An entry that the proof shows.
    package struct Shown: Hashable, Sendable {
        package let path: NamespacePath
        package let entry: Entry

        package init(path: NamespacePath, entry: Entry) {
            self.path = path
            self.entry = entry
        }
    }

    /// What a node says about itself in its parent, besides its own hash.
    package struct Summary: Hashable, Sendable {
        /// SHA-256 of the greatest key at or below the node.
        package let lastKeyHash: Digest
        package let entryCount: UInt64
        /// Modulo 2^64.
        package let contentBytesCount: UInt64

        package init(lastKeyHash: Digest, entryCount: UInt64, contentBytesCount: UInt64) {
            self.lastKeyHash = lastKeyHash
            self.entryCount = entryCount
            self.contentBytesCount = contentBytesCount
        }
    }

    /// One node on the way to the root.
    package struct Step: Hashable, Sendable {
        /// 0 for a leaf.
        package let level: Int
        /// Entries or children of the node.
        package let count: Int
        /// Index of the first member that the way comes from.
        package let index: Int
        /// The hashes of the greatest subtrees that hold none of the members that the way comes from, from left to
        /// right.
        package let hashes: [Digest]
        /// Nil for the root.
        package let summary: Summary?

        package init(level: Int, count: Int, index: Int, hashes: [Digest], summary: Summary?) {
            self.level = level
            self.count = count
            self.index = index
            self.hashes = hashes
            self.summary = summary
        }
    }

    /// The entry itself; or the neighbours around the path; or the first or last entry of all; or none.
    package let entries: [Shown]
    /// Where two neighbours stand in different leaves: the nodes above the first, up to the one that holds both.
    package let left: [Step]
    /// The same for the second; as many steps as ``left``.
    package let right: [Step]
    /// The nodes above all entries shown, the root last.
    package let shared: [Step]

    package init(entries: [Shown], left: [Step], right: [Step], shared: [Step]) {
        self.entries = entries
        self.left = left
        self.right = right
        self.shared = shared
    }

    /// Bytes that the proof's hashes take: what is said of a proof's size, without paths and entries.
    package var hashBytesCount: Int {
        [self.left, self.right, self.shared].joined().reduce(0) { total, step in
            total + (step.hashes.count + (step.summary == nil ? 0 : 1)) * Digest.byteCount
        }
    }
}
