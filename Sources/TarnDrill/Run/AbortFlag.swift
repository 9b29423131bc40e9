internal import Synchronization

/// Asks a running drill to heal what it broke and to end: by Ctrl-C, or because a stop condition was met.
package final class AbortFlag: Sendable {
    private let state = Mutex<String?>(nil)

    package init() {}

    /// Why the drill is to end, or nil.
    package var reason: String? { self.state.withLock { $0 } }

    /// The first reason counts.
    package func raise(_ reason: String) {
        self.state.withLock { $0 = $0 ?? reason }
    }
}
