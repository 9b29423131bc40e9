package import TarnCore

/// When this node doubted a primary, left its view and began the next one: what a failover is measured by.
package struct ViewHistory: Hashable, Sendable {
    /// One view that this node came to. Times are microseconds since 1970 by this node's clock.
    package struct Change: Hashable, Sendable {
        package let view: View
        /// When this node began to want another primary than the one before, or nil when others did.
        package let suspectedAt: UInt64?
        /// When it left the view before: a quorum wanted that, or the primary made room.
        package let leftAt: UInt64
        /// When it took part in this view with a log that everybody agrees about, or nil as long as it does not.
        package fileprivate(set) var begunAt: UInt64?
        /// When it committed the first op of this view, or nil before.
        package fileprivate(set) var committedAt: UInt64?
    }

    /// Older changes are forgotten.
    private static let countMax = 32

    /// Oldest first.
    package private(set) var changes: [Change] = []
    private var view: View
    private var suspectedAt: UInt64?

    /// A node that starts in `view`.
    package init(view: View) {
        self.view = view
    }

    /// Compares the replica's state with the one before; `now` is asked only when something has changed.
    mutating func note(view: View, isSuspecting: Bool, isChanging: Bool, now: () -> UInt64) {
        if view != self.view {
            let time = now()
            self.changes.append(Change(view: view, suspectedAt: self.suspectedAt, leftAt: time))
            if self.changes.count > Self.countMax { self.changes.removeFirst() }
            self.view = view
            self.suspectedAt = nil
        }
        if let last = self.changes.last, last.begunAt == nil, !isChanging {
            self.changes[self.changes.count - 1].begunAt = now()
        }
        if isSuspecting, self.suspectedAt == nil { self.suspectedAt = now() }
        if !isSuspecting, !isChanging { self.suspectedAt = nil }
    }

    /// An op that was ordered in `view` has committed.
    mutating func noteCommit(orderedIn view: View, now: () -> UInt64) {
        guard let last = self.changes.last, last.view == view, last.committedAt == nil else { return }
        self.changes[self.changes.count - 1].committedAt = now()
    }
}
