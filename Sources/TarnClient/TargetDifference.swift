package import TarnCore

/// What stands at a path of the target now, where that may differ from what was remembered.
package struct TargetDifference: Sendable {
    /// Relative to the target.
    package let path: [UInt8]
    /// Nil when nothing stands there any more.
    package let entry: Entry?

    package init(path: [UInt8], entry: Entry?) {
        self.path = path
        self.entry = entry
    }
}
