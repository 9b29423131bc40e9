package import TarnCore

/// One path at which two trees differ.
package struct Difference: Hashable, Sendable {
    /// Where.
    package let path: NamespacePath
    /// What the older tree has there, or nil.
    package let old: Entry?
    /// What the newer tree has there, or nil.
    package let new: Entry?

    package init(path: NamespacePath, old: Entry?, new: Entry?) {
        self.path = path
        self.old = old
        self.new = new
    }
}
