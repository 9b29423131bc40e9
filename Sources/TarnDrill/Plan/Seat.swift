package import TarnCore

/// A datacentre by the part that it plays when the drill begins.
package enum Seat: String, Hashable, Sendable, CaseIterable {
    case primary
    case standby
    case observer
}

/// Which datacentre sits where while a drill runs: taken once, before anything is broken.
package struct Roster: Hashable, Sendable {
    package let primary: DatacenterID
    package let standby: DatacenterID
    package let observer: DatacenterID

    package init(primary: DatacenterID, standby: DatacenterID, observer: DatacenterID) {
        self.primary = primary
        self.standby = standby
        self.observer = observer
    }

    package var all: [DatacenterID] { [self.primary, self.standby, self.observer] }

    package subscript(seat: Seat) -> DatacenterID {
        switch seat {
        case .primary: self.primary
        case .standby: self.standby
        case .observer: self.observer
        }
    }
}
