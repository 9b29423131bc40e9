package import TarnCore

/// What shall stand at a path: one step of ``MerkleTree/apply(_:)``.
package struct TreeEdit: Hashable, Sendable {
    /// Where.
    package let path: NamespacePath
    /// The new entry, or nil for none.
    package let entry: Entry?

    package init(path: NamespacePath, entry: Entry?) {
        self.path = path
        self.entry = entry
    }
}
