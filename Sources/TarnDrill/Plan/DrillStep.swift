package import TarnCore

/// One step of a scenario, with datacentres by name.
package enum DrillStep: Hashable, Sendable {
    /// Break something. The first of these begins the measurement.
    case inject(Fault)
    /// Undo one fault before the rest.
    case heal(Fault)
    /// Have this datacentre lead, by the cluster's own switchover.
    case switchOver(to: DatacenterID)
    /// Go on with the probes for so long as the drill was told to hold a fault.
    case hold
    /// Go on for so many milliseconds.
    case pause(milliseconds: Int)
    /// Wait until a write that was begun after the injection is acknowledged.
    case awaitWrites
    /// Wait until another datacentre than this one leads and takes writes.
    case awaitOtherPrimary(than: DatacenterID)
    /// Wait until all datacentres hold the same ops and blobs.
    case awaitRedundancy
    /// Have the datacentre read and prove all it stores, and heal it from the others.
    case scrub(DatacenterID)

    /// As a report and the progress name it.
    package var text: String {
        switch self {
        case .inject(let fault): fault.text
        case .heal(let fault): fault.healing.text
        case .switchOver(let name): "switchover to \(name)"
        case .hold: "hold"
        case .pause(let milliseconds): "wait \(milliseconds) ms"
        case .awaitWrites: "wait for an acknowledged write"
        case .awaitOtherPrimary(let name): "wait for another primary than \(name)"
        case .awaitRedundancy: "wait for three equal copies"
        case .scrub(let name): "scrub \(name)"
        }
    }
}
