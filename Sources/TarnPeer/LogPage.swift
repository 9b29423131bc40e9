package import TarnCore

/// A piece of a member's log, and what it says about the rest.
package struct LogPage: Hashable, Sendable {
    /// The view that the member is in.
    package let view: View
    /// The view whose log its log is: what lies above `commit` counts only for a member of the same one.
    package let logView: View
    /// In order and without gaps.
    package let entries: [LogEntry]
    /// The member's commit number.
    package let commit: Op

    package init(view: View, logView: View, entries: [LogEntry], commit: Op) {
        self.view = view
        self.logView = logView
        self.entries = entries
        self.commit = commit
    }
}
