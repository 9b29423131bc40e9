import Testing

@testable import TarnNode

@Suite struct HealingPaceTests {
    @Test func `what cannot be healed is looked for less and less often`() {
        var pace = HealingPace()
        var now = ContinuousClock.now
        var rests: [Int64] = []
        for _ in 0..<7 {
            pace.note(3, now: now)
            let start = now
            while !pace.isDue(3, now: now) { now += .seconds(30) }
            rests.append((now - start).components.seconds)
        }
        #expect(rests == [30, 60, 120, 240, 480, 600, 600])
        #expect(pace.isDue(4, now: now), "something new is damaged")
        pace.note(2, now: now)
        #expect(!pace.isDue(2, now: now + .seconds(29)) && pace.isDue(2, now: now + .seconds(30)))
        #expect(pace.isDue(0, now: now), "where nothing is to be done, the book has to say so")
    }
}
