/// The body of a `reconfigure` entry: the membership from that op on, and by which kind of change it came to be.
package struct Reconfiguration: Hashable, Sendable {
    package enum Change: Hashable, Sendable {
        /// Two datacentres that learned the log of a cluster of one vote from now on.
        case grow
        /// Another datacentre sits in this seat.
        case replace(seat: Int)
        /// The observer may lead from now on, or may not any more.
        case electObserver
        /// A majority was given up: this lineage begins with what one datacentre holds.
        case recover
    }

    package let change: Change
    package let membership: Membership

    package init(_ change: Change, _ membership: Membership) {
        self.change = change
        self.membership = membership
    }

    private static let version: UInt8 = 1
    /// For changes that concern no seat.
    private static let noSeat: UInt8 = 0xff

    /// `version, kind of change, seat or 255, membership`
    package func encoded() -> [UInt8] {
        let (kind, seat): (UInt8, UInt8) =
            switch self.change {
            case .grow: (1, Self.noSeat)
            case .replace(let seat): (2, UInt8(seat))
            case .electObserver: (3, Self.noSeat)
            case .recover: (4, Self.noSeat)
            }
        return [Self.version, kind, seat] + self.membership.encoded()
    }

    /// Throws ``CoreError`` `malformed` when `bytes` are not what ``encoded()`` gives for any reconfiguration.
    package init(decoding bytes: [UInt8]) throws(CoreError) {
        guard bytes.count > 3, bytes[0] == Self.version else {
            throw CoreError(.malformed, "reconfiguration of unknown version")
        }
        let membership = try Membership(decoding: Array(bytes[3...]))
        let change: Change
        switch (bytes[1], bytes[2]) {
        case (1, Self.noSeat): change = .grow
        case (2, let seat) where Int(seat) < membership.members.count: change = .replace(seat: Int(seat))
        case (3, Self.noSeat): change = .electObserver
        case (4, Self.noSeat): change = .recover
        default: throw CoreError(.malformed, "reconfiguration of unknown kind \(bytes[1]) for seat \(bytes[2])")
        }
        self.init(change, membership)
    }
}
