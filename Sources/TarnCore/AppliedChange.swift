/// What one op did at one path, after subtrees were expanded and attributes filled in: the input of every projection.
package struct AppliedChange: Hashable, Sendable {
    package let path: NamespacePath
    package let old: Entry?
    package let new: Entry?
    /// For the arriving half of a move: where the entry stood before.
    package let movedFrom: NamespacePath?

    package init(path: NamespacePath, old: Entry?, new: Entry?, movedFrom: NamespacePath? = nil) {
        self.path = path
        self.old = old
        self.new = new
        self.movedFrom = movedFrom
    }
}
