internal import TarnCore

/// A change of the membership that waits until everything before it is where it has to be: nothing else is admitted.
struct PreparedReconfiguration: Sendable {
    let change: Reconfiguration
    let since: Tick
    /// Whether the shell was told to order it.
    var isOrdered = false
}
