/// When the next healing is due. One goes through everything that is kept, log included: what nobody gives back is
/// looked for less and less often, and what is newly found damaged at once.
struct HealingPace {
    private static let restMin = Duration.seconds(30)
    private static let restMax = Duration.seconds(600)

    /// How much was left to do by the last healing; 0 before the first.
    private var left = 0
    private var rest = Self.restMin
    private var next: ContinuousClock.Instant?

    /// Whether to heal now that there is so much to do.
    func isDue(_ work: Int, now: ContinuousClock.Instant) -> Bool {
        guard let next, work == self.left, work > 0 else { return true }
        return now >= next
    }

    /// Notes that a healing has left so much to do.
    mutating func note(_ work: Int, now: ContinuousClock.Instant) {
        self.rest = work == self.left ? min(self.rest * 2, Self.restMax) : Self.restMin
        self.left = work
        self.next = now + self.rest
    }
}
