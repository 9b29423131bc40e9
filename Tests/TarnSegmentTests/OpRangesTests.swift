import TarnCore
import TarnSegment
import TarnTestKit
import Testing

@Suite("Sets of ops")
struct OpRangesTests {
    @Test("behaves as a set, in sorted ranges that never touch", arguments: 0..<20 as Range<UInt64>)
    func model(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var ranges = OpRanges()
        var model: Set<UInt64> = []
        for _ in 0..<400 {
            let op = UInt64(random.below(40))
            if random.chance(percent: 60) {
                ranges.insert(Op(op))
                model.insert(op)
            } else {
                ranges.remove(Op(op))
                model.remove(op)
            }
            #expect((0..<42).allSatisfy { ranges.contains(Op($0)) == model.contains($0) }, "seed \(seed)")
            let touching = zip(ranges.ranges, ranges.ranges.dropFirst()).contains { $0.upperBound + 1 >= $1.lowerBound }
            #expect(!touching, "seed \(seed)")
        }
    }

    @Test("the largest op is a member like any other")
    func largest() {
        var ranges = OpRanges()
        ranges.insert(Op(.max))
        ranges.insert(Op(.max - 1))
        #expect(ranges.ranges == [(.max - 1)...(.max)])
        ranges.remove(Op(.max))
        #expect(ranges.contains(Op(.max - 1)) && !ranges.contains(Op(.max)))
    }
}
