/// What a hook script is asked for. Undoing an action twice, or without its having been done, must do no harm.
package enum HookAction: String, Hashable, Sendable, CaseIterable {
    /// Say whether the node's process is found, and why not; scripts of before this was asked for do not know it.
    case check
    /// End the node's process as a power cut would, and start it again.
    case kill
    case start
    /// Stop the process where it stands, and let it go on.
    case pause
    case resume
    /// Lose what one datacentre sends to another, and deliver it again.
    case cut
    case mend
    /// Take the free space of the data folder's disk, and give it back.
    case fill
    case free
    /// Lose the data folder of a node that is down.
    case wipe
    /// Damage stored bytes of a node that is down.
    case corrupt
    /// Set the node's wall clock off by so many seconds; 0 sets it right.
    case clock
}
