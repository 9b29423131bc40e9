import TarnCore
import Testing

@testable import TarnNode

/// Budgets of links, and writers that wait for the standby.
@Suite struct LinkTests {
    private actor Meter {
        private(set) var underWayCount = 0
        private(set) var mostCount = 0

        func begin() {
            self.underWayCount += 1
            self.mostCount = max(self.mostCount, self.underWayCount)
        }

        func end() { self.underWayCount -= 1 }
    }

    private static let second: UInt64 = 1_000_000_000

    @Test func `a bucket lets what a thirty-second part of a second earns pass at once, and then so much a second`() {
        var bucket = TokenBucket(bytesPerSecond: 32_000, now: 0)
        #expect(bucket.take(600, now: 0) == 0)
        #expect(bucket.take(400, now: 0) == 0)
        #expect(bucket.take(16_000, now: 0) == Self.second / 2)
        #expect(bucket.take(0, now: Self.second / 2) == 0)
        #expect(bucket.take(8_000, now: Self.second / 2) == Self.second / 4)
    }

    @Test func `a piece larger than the bucket is paid for afterwards, and rest saves up no more than the bucket`() {
        var bucket = TokenBucket(bytesPerSecond: 32_000, now: 0)
        #expect(bucket.take(97_000, now: 0) == 3 * Self.second)
        #expect(bucket.take(0, now: 100 * Self.second) == 0)
        #expect(bucket.take(17_000, now: 100 * Self.second) == Self.second / 2)
        #expect(bucket.take(0, now: 50 * Self.second) == Self.second / 2, "a clock that goes back earns nothing")
    }

    @Test(arguments: [10, 1_000, 100_000])
    func `over a long time no more passes than may`(piece: Int) {
        var bucket = TokenBucket(bytesPerSecond: 50_000, now: 0)
        var (now, sum) = (UInt64(0), 0)
        while now < 20 * Self.second {
            now += bucket.take(piece, now: now)
            sum += piece
            now += 1_000
        }
        #expect(Double(sum) <= 50_000 * (Double(now) / Double(Self.second) + 1.0 / 32) + Double(piece))
        #expect(Double(sum) >= 50_000 * 19)
    }

    @Test func `a few requests of a class are under way at once, and no class waits for another`() async throws {
        let budget = LinkBudget(try Self.settings(repair: 0))
        let meter = Meter()
        await budget.enter(.urgent)
        await withDiscardingTaskGroup { group in
            for _ in 0..<5 * LinkBudget.requestsMax {
                group.addTask {
                    await budget.enter(.repair)
                    await meter.begin()
                    for _ in 0..<20 { await Task.yield() }
                    await meter.end()
                    budget.leave(.repair)
                }
            }
        }
        #expect(await meter.underWayCount == 0)
        #expect(await meter.mostCount == LinkBudget.requestsMax)
    }

    @Test func `where there is a limit, requests run side by side only once others are paid for`() async throws {
        let budget = LinkBudget(try Self.settings(repair: 65_536))
        for _ in 0..<2 {
            let meter = Meter()
            try await withThrowingDiscardingTaskGroup { group in
                await budget.enter(.repair)
                for _ in 0..<20 {
                    group.addTask {
                        await budget.enter(.repair)
                        await meter.begin()
                        for _ in 0..<20 { await Task.yield() }
                        try await budget.pay(1, for: .repair)
                        await meter.end()
                        budget.leave(.repair)
                    }
                }
                for _ in 0..<100 { await Task.yield() }
                #expect(await meter.mostCount == 0, "the first one has not paid")
                try await budget.pay(1, for: .repair)
                budget.leave(.repair)
            }
            #expect(await meter.underWayCount == 0)
            #expect((2...LinkBudget.requestsMax).contains(await meter.mostCount))
        }
    }

    private static func settings(repair mebibytesPerSecond: Int) throws -> LinkSettings {
        try LinkSettings(YAMLMapping(["repair_mib_per_second": mebibytesPerSecond] as [String: Any], name: "links"))
    }

    @Test func `links have limits for what nobody waits for`() throws {
        let settings = try Self.settings(repair: 2)
        #expect(settings.bytesPerSecond(of: .urgent) == nil)
        #expect(settings.bytesPerSecond(of: .repair) == Double(2 << 20))
        #expect(settings.bytesPerSecond(of: .background) == Double(16 << 20))
        let unlimited = try Self.settings(repair: 0)
        #expect(unlimited.bytesPerSecond(of: .repair) == nil)
        #expect(throws: ConfigurationError.self) {
            try LinkSettings(YAMLMapping(["repair": 2] as [String: Any], name: "links"))
        }
    }

    @Test func `writers wait for a standby that followed and falls behind`() {
        let answers = Self.answers([
            Lag(setsCount: 10, bytesCount: 0, isReachable: true, now: 0),
            Lag(setsCount: 1_000, bytesCount: 256 << 20, isReachable: true, now: 1),
            Lag(setsCount: 1_001, bytesCount: 0, isReachable: true, now: 2),
            Lag(setsCount: 900, bytesCount: 0, isReachable: true, now: 3),
            Lag(setsCount: 0, bytesCount: 256 << 20 | 1, isReachable: true, now: 4),
        ])
        #expect(answers == [true, true, false, true, false])
    }

    @Test func `nobody waits for a standby that was away until it follows again`() {
        let answers = Self.answers([
            Lag(setsCount: 90_000, bytesCount: 10 << 30, isReachable: true, now: 0),
            Lag(setsCount: 5, bytesCount: 0, isReachable: true, now: 1),
            Lag(setsCount: 2_000, bytesCount: 0, isReachable: false, now: 2),
            Lag(setsCount: 3_000, bytesCount: 0, isReachable: true, now: 3),
        ])
        #expect(answers == [true, true, true, true])
    }

    @Test func `a standby that cannot keep up does not stop writers for longer than the limit`() {
        let answers = Self.answers([
            Lag(setsCount: 0, bytesCount: 0, isReachable: true, now: 0),
            Lag(setsCount: 5_000, bytesCount: 0, isReachable: true, now: Self.second),
            Lag(setsCount: 5_000, bytesCount: 0, isReachable: true, now: 30 * Self.second),
            Lag(setsCount: 5_000, bytesCount: 0, isReachable: true, now: 31 * Self.second),
            Lag(setsCount: 5_000, bytesCount: 0, isReachable: true, now: 32 * Self.second),
        ])
        #expect(answers == [true, false, false, true, true])
    }

    /// How a standby is doing at one moment.
    private struct Lag {
        var setsCount: UInt64
        var bytesCount: UInt64
        var isReachable: Bool
        var now: UInt64
    }

    /// What one gate says, moment by moment.
    private static func answers(_ lags: [Lag]) -> [Bool] {
        var gate = LagGate()
        return lags.map {
            gate.admits(
                setsCount: $0.setsCount,
                bytesCount: $0.bytesCount,
                isReachable: $0.isReachable,
                now: $0.now
            )
        }
    }
}
