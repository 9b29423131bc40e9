import TarnCore
import TarnTestKit
import Testing

@Suite("Retention")
struct RetentionTests {
    private static let day: UInt64 = 86_400_000_000

    @Test("a floor survives its encoding", arguments: 0..<20 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let kept = Set((0..<random.below(50)).map { _ in Op(UInt64(random.below(900) + 1)) }).sorted()
        let floor = try GarbageFloor(floor: Op(1_000), kept: kept)
        #expect(try GarbageFloor(decoding: floor.encoded()) == floor, "seed \(seed)")
        let bytes = floor.encoded()
        for count in 0..<bytes.count {
            #expect(throws: CoreError.self, "seed \(seed)") { try GarbageFloor(decoding: Array(bytes.prefix(count))) }
        }
    }

    @Test("of two floors in a row, what both keep is kept, whichever came first", arguments: 0..<UInt64(50))
    func followed(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        func floor() throws -> GarbageFloor {
            let floor = UInt64(random.below(40) + 1)
            let kept = (0..<floor).filter { _ in random.below(3) == 0 }
            return try GarbageFloor(floor: Op(floor), kept: kept.map { Op($0) })
        }
        let (first, second) = (try floor(), try floor())
        let both = first.followed(by: second)
        #expect(both == second.followed(by: first), "seed \(seed)")
        for op in UInt64(0)..<50 {
            #expect(both.keeps(Op(op)) == (first.keeps(Op(op)) && second.keeps(Op(op))), "seed \(seed), op \(op)")
        }
        #expect(try GarbageFloor(decoding: both.encoded()) == both)
        #expect(GarbageFloor.none.followed(by: first) == first)
    }

    @Test("a floor that contradicts itself is refused")
    func malformed() throws {
        #expect(throws: CoreError.self) { try GarbageFloor(floor: Op(5), kept: [Op(5)]) }
        #expect(throws: CoreError.self) { try GarbageFloor(floor: Op(5), kept: [Op(3), Op(2)]) }
        #expect(throws: CoreError.self) { try GarbageFloor(decoding: [9, 0, 0]) }
        #expect(throws: CoreError.self) { try GarbageFloor(decoding: [1, 0, 0, 0]) }
    }

    @Test(
        "the nearest kept op is named for one that is gone",
        arguments: [(1, 10), (10, 10), (12, 10), (16, 20), (21, 20), (39, 40), (30, 40), (40, 40), (77, 77)]
    )
    func nearest(op: UInt64, expected: UInt64) throws {
        let floor = try GarbageFloor(floor: Op(40), kept: [Op(10), Op(20)])
        #expect(floor.nearest(to: Op(op)) == Op(expected))
        #expect(floor.keeps(Op(op)) == (op == expected))
    }

    @Test("the days between the two limits have a moment each, at midnight")
    func moments() {
        let now = 1_000 * Self.day + 5
        let policy = RetentionPolicy(everyOpDays: 30, dailyDays: 40)
        #expect(policy.floor(now: now) == 970 * Self.day + 5)
        #expect(policy.dailyMoments(now: now) == (961...970).map { $0 * Self.day })
        #expect(RetentionPolicy(everyOpDays: 30, dailyDays: 10).dailyMoments(now: now).isEmpty)
        #expect(RetentionPolicy(everyOpDays: 0, dailyDays: 0).floor(now: now) == now)
        #expect(RetentionPolicy.standard.dailyMoments(now: now).count == 335)
        #expect(RetentionPolicy(everyOpDays: -4, dailyDays: 99_999).dailyMoments(now: 3 * Self.day).count == 3)
    }
}
