/// What bulk transfer over the link to one datacentre is for. Heartbeats, votes and entries have a connection of their
/// own and no limit.
enum TransferClass: Int, Sendable, CaseIterable {
    /// An op or a reader waits for it.
    case urgent
    /// Catching up after an absence.
    case repair
    /// Healing, and whatever nobody waits for.
    case background
}
