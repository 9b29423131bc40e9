import Testing

@testable import TarnNode

struct DeliveryPaceTests {
    private static let millisecond: UInt64 = 1_000_000

    /// How many deliveries are under way at most in the last of `seconds` seconds, when answers take `milliseconds`, at
    /// first `before`, and there is always more to send.
    private static func steadyCount(
        roundTrip milliseconds: UInt64,
        before: UInt64? = nil,
        seconds: UInt64 = 2
    ) -> Int {
        var pace = DeliveryPace()
        var begun: [UInt64] = []
        var most = 0
        for now in 1...seconds * 1_000 as ClosedRange<UInt64> {
            let time = now * self.millisecond
            let roundTrip = now > 1_000 ? milliseconds : before ?? milliseconds
            while let first = begun.first, first + roundTrip * self.millisecond <= time {
                pace.end(begunAt: begun.removeFirst(), at: time)
            }
            if pace.allows(at: time) {
                pace.begin(at: time)
                begun.append(time)
            }
            if now > (seconds - 1) * 1_000 { most = max(most, pace.underWayCount) }
        }
        return most
    }

    @Test(arguments: [(4, 2), (20, 10), (40, 20), (400, 32)] as [(UInt64, Int)])
    func `a link carries one delivery for every two milliseconds of its round trip, two at least`(
        roundTrip: UInt64,
        count: Int
    ) {
        #expect(Self.steadyCount(roundTrip: roundTrip) == count)
    }

    @Test func `a link that is longer than it was carries what its new round trip allows within four seconds`() {
        #expect(Self.steadyCount(roundTrip: 40, before: 1, seconds: 6) == 20)
    }

    @Test func `deliveries that are never answered do not keep later ones back for longer than a heartbeat`() {
        var pace = DeliveryPace()
        pace.begin(at: 0)
        pace.begin(at: 0)
        #expect(!pace.allows(at: 49 * Self.millisecond))
        #expect(pace.allows(at: 50 * Self.millisecond))
    }

    @Test func `no more than the limit are under way, however long nobody answers`() {
        var pace = DeliveryPace()
        for step in 1...1_000 as ClosedRange<UInt64> where pace.allows(at: step * 100 * Self.millisecond) {
            pace.begin(at: step * 100 * Self.millisecond)
        }
        #expect(pace.underWayCount == DeliveryPace.deliveriesMax)
    }
}
