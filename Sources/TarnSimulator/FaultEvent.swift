/// One thing that goes wrong at one moment of a run. Which it is, and whom it strikes, follows from seed, tick and kind
/// alone: a run without some of its events leaves the others what they were.
package struct FaultEvent: Hashable, Comparable, Sendable, CustomStringConvertible {
    package enum Kind: String, CaseIterable, Sendable {
        case crash
        case cut
        case pause
        case stall
        case clock
        case rot
        case switchover
        case failover
        case replace
        case elect
        case full
        /// The primary orders what is kept of the past.
        case floor
        /// A member begins to collect garbage.
        case collect
        /// The only voter has ordered that the cluster grows, and nobody it could hear has that on disk.
        case strand
    }

    package let tick: UInt64
    package let kind: Kind

    init(tick: UInt64, kind: Kind) {
        self.tick = tick
        self.kind = kind
    }

    /// Reads what ``description`` writes; nil when `text` is not of that form.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "@")
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), let tick = UInt64(parts[1]) else {
            return nil
        }
        self.init(tick: tick, kind: kind)
    }

    /// The generator of everything that is drawn for this event.
    func random(seed: UInt64) -> SeededRandom {
        let ordinal = UInt64(Kind.allCases.firstIndex(of: self.kind) ?? 0)
        var random = SeededRandom(seed: seed &+ (self.tick * 16 + ordinal) &* 0x2545_f491_4f6c_dd1d)
        return random.fork()
    }

    package static func < (left: FaultEvent, right: FaultEvent) -> Bool {
        (left.tick, left.kind.rawValue) < (right.tick, right.kind.rawValue)
    }

    package var description: String { "\(self.kind.rawValue)@\(self.tick)" }
}
