/// How many deliveries to one peer may be under way.
///
/// Each costs both sides a call, whether it carries one message or a thousand. A new one every two milliseconds of the
/// link's round trip delays nobody noticeably and lets what is ordered meanwhile travel, be synced and be acknowledged
/// together. The round trip is the fastest of the last seconds: how long a busy peer takes says nothing about the link,
/// and a link that is routed anew may be longer than it ever was.
struct DeliveryPace: Sendable {
    static let deliveriesMax = 32
    private static let deliveriesMin: UInt64 = 2
    private static let spacingNanoseconds: UInt64 = 2_000_000
    /// A delivery that begins this long after the last one is always allowed: answers that are lost must not keep
    /// heartbeats back.
    private static let silenceNanosecondsMax: UInt64 = 50_000_000

    /// A round trip is remembered for one of these periods at least and two at most.
    private static let periodNanoseconds: UInt64 = 2_000_000_000

    private(set) var underWayCount = 0
    private var lastBegin: UInt64 = 0
    private var periodBegin: UInt64 = 0
    /// The fastest answer of this period and of the one before it, in nanoseconds.
    private var fastest: UInt64?
    private var fastestBefore: UInt64?

    /// Whether another delivery may begin now.
    func allows(at now: UInt64) -> Bool {
        guard self.underWayCount < Self.deliveriesMax else { return false }
        let roundTrip = [self.fastest, self.fastestBefore].compactMap(\.self).min() ?? 0
        let wanted = max(Self.deliveriesMin, roundTrip / Self.spacingNanoseconds)
        return self.underWayCount < wanted || now >= self.lastBegin + Self.silenceNanosecondsMax
    }

    mutating func begin(at now: UInt64) {
        self.underWayCount += 1
        self.lastBegin = now
    }

    /// A delivery that began at `begin` was answered or failed.
    mutating func end(begunAt begin: UInt64, at now: UInt64) {
        self.underWayCount -= 1
        let took = now - min(begin, now)
        if now >= self.periodBegin + Self.periodNanoseconds {
            self.fastestBefore = self.fastest
            self.fastest = nil
            self.periodBegin = now
        }
        self.fastest = min(took, self.fastest ?? took)
    }
}
