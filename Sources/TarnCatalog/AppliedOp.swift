package import TarnCore

/// A committed op with what it did to the namespace: the catalog's input.
package struct AppliedOp: Sendable {
    package let header: LogHeader
    /// Subtrees expanded, attributes filled in; empty for an op that changes no entry.
    package let changes: [AppliedChange]

    package init(header: LogHeader, changes: [AppliedChange]) {
        self.header = header
        self.changes = changes
    }
}
