import TarnCore
import TarnDrill
import Testing

struct FigureTests {
    /// Writes every 50 ms from 0 on, acknowledged after 5 ms, but for those that `outage` holds up.
    static func writes(count: UInt64, outage: Range<UInt64>) -> [WriteSample] {
        (1...count).map { number in
            let start = number * 50_000
            let end = outage.contains(start) ? outage.upperBound + number : start + 5_000
            return Self.write(number, start, end, op: number + 10)
        }
    }

    static func write(_ number: UInt64, _ start: UInt64, _ end: UInt64, op: UInt64?) -> WriteSample {
        WriteSample(
            number: number,
            startedAt: start,
            endedAt: end,
            attemptsCount: 1,
            doubtsCount: 0,
            outcome: op.map { .acknowledged(op: Op($0)) } ?? .unknown
        )
    }

    @Test func `recovery counts from the fault to the first acknowledgement after the longest gap`() throws {
        let writes = Self.writes(count: 100, outage: 2_000_000..<3_500_000)
        let figures = DrillFigures(
            writes: writes,
            expectation: .writesReturn,
            injectedAt: 1_990_000,
            injectedThrough: 1_995_000,
            healedAt: 4_000_000,
            settledAt: 4_500_000
        )
        #expect(figures.recoveryMicroseconds == 3_500_040 - 1_990_000)
        #expect(figures.calmLatencyMicroseconds == 5_000)
    }

    @Test func `a gap that a failback makes later is not the recovery`() {
        let writes = Self.writes(count: 100, outage: 4_100_000..<4_900_000)
        let figures = DrillFigures(
            writes: writes,
            expectation: .writesReturn,
            injectedAt: 1_990_000,
            injectedThrough: 1_995_000,
            healedAt: 3_000_000,
            settledAt: 5_000_000
        )
        #expect(figures.recoveryMicroseconds ?? .max <= 50_000)
    }

    @Test func `where writes have to stop, every one acknowledged before the healing is counted`() {
        let writes = Self.writes(count: 100, outage: 2_000_000..<3_500_000)
        let figures = DrillFigures(
            writes: writes,
            expectation: .writesStop,
            injectedAt: 1_000_000,
            injectedThrough: 1_500_000,
            healedAt: 3_000_000,
            settledAt: 4_500_000
        )
        #expect(figures.duringFaultCount == 9)
        #expect(figures.recoveryMicroseconds == 3_500_040 - 3_000_000)
    }

    @Test func `nothing acknowledged is no recovery`() {
        let figures = DrillFigures(
            writes: [Self.write(1, 0, 5, op: nil)],
            expectation: .writesReturn,
            injectedAt: 0,
            injectedThrough: 0,
            healedAt: nil,
            settledAt: 10
        )
        #expect(figures.recoveryMicroseconds == nil)
    }

    @Test(arguments: [([UInt64](), 99, UInt64(0)), ([7], 50, 7), ([4, 1, 3, 2], 50, 2), ([4, 1, 3, 2], 99, 4)])
    func `percentiles are figures that were measured`(values: [UInt64], percent: Int, expected: UInt64) {
        #expect(Percentiles(values)[percent] == expected)
    }

    @Test func `phases follow each other, and one that was reached earlier takes no time`() {
        let waterfall = Waterfall(
            injectedAt: 1_000,
            moments: [.inject: 1_500, .lastGoodCommit: 900, .firstSuspicion: 2_500, .firstClientSuccess: 4_000]
        )
        #expect(waterfall.phases.map(\.atMicroseconds) == [500, -100, 1_500, 3_000])
        #expect(waterfall.phases.map(\.microseconds) == [500, 0, 1_000, 1_500])
    }

    @Test func `a failover is put together from what several nodes noted`() {
        typealias Change = NodeCard.ViewChange
        let dc2 = [
            Change(view: 1, suspectedAt: 50, leftAt: 60, begunAt: 70, committedAt: 80),
            Change(view: 2, suspectedAt: 500, leftAt: 510, begunAt: 520, committedAt: 530),
        ]
        let dc3 = [Change(view: 2, suspectedAt: 490, leftAt: 512, begunAt: 525, committedAt: 540)]
        let moments = FailoverMoments.moments([dc2, dc3], since: 400)
        #expect(moments == [.firstSuspicion: 490, .exitQuorum: 510, .viewChosen: 520, .firstNewCommit: 530])
        #expect(FailoverMoments.moments([dc2, dc3], since: 600).isEmpty)
    }
}
