import TarnCore
import Testing

@testable import TarnNode

@Suite struct LossForecastTests {
    private static func member(
        isVoter: Bool = true,
        isReachable: Bool = true,
        isSound: Bool = true,
        commit: UInt64 = 5_000,
        whole: UInt64? = nil,
        missing: UInt64 = 0,
        roundTrip: Double? = 20
    ) -> LossForecast.Member {
        LossForecast.Member(
            isVoter: isVoter,
            isReachable: isReachable,
            isSound: isSound,
            commit: Op(commit),
            prefixComplete: Op(whole ?? commit),
            missingBytesCount: missing,
            roundTripMilliseconds: roundTrip
        )
    }

    private static func forecast(_ lost: Int, _ members: [LossForecast.Member], primary: Int = 0) -> LossForecast {
        LossForecast.of(lost, among: members, primary: primary, bytesPerSecond: 10_000_000)
    }

    @Test func `a healthy cluster loses nothing, and pauses only for its primary`() {
        let members = [Self.member(roundTrip: nil), Self.member(), Self.member(roundTrip: 40)]
        #expect(Self.forecast(0, members) == LossForecast(recoveryMilliseconds: 1_500 + 160 + 50, lostOps: 0))
        #expect(Self.forecast(1, members) == LossForecast(recoveryMilliseconds: 0, lostOps: 0))
        #expect(Self.forecast(2, members) == LossForecast(recoveryMilliseconds: 0, lostOps: 0))
        #expect(Self.forecast(1, members, primary: 1).recoveryMilliseconds == 1_500 + 160 + 50)
        #expect(Self.forecast(0, members, primary: 1).recoveryMilliseconds == 0)
    }

    @Test func `what the next primary lacks is fetched first`() {
        let members = [Self.member(), Self.member(missing: 100_000_000), Self.member()]
        #expect(Self.forecast(0, members).recoveryMilliseconds == 1_500 + 80 + 50 + 10_000)
        #expect(Self.forecast(0, [Self.member(), Self.member(), Self.member(missing: 9_000)]).lostOps == 0)
    }

    @Test func `without a quorum behind it nothing can be written, whoever is lost`() {
        let unreachable = [Self.member(), Self.member(), Self.member(isReachable: false)]
        #expect(Self.forecast(0, unreachable).recoveryMilliseconds == nil)
        #expect(Self.forecast(1, unreachable).recoveryMilliseconds == nil)
        #expect(Self.forecast(2, unreachable).recoveryMilliseconds == 0)
        let broken = [Self.member(), Self.member(isSound: false), Self.member()]
        #expect(Self.forecast(0, broken).recoveryMilliseconds == nil)
    }

    @Test func `an observer that lags exposes what only the lost datacentre holds`() {
        let lagging = [Self.member(), Self.member(isReachable: false), Self.member(commit: 1_000)]
        #expect(Self.forecast(0, lagging).lostOps == 4_000)
        #expect(Self.forecast(2, lagging).lostOps == 0, "the primary has everything")
        let incomplete = [Self.member(), Self.member(isReachable: false), Self.member(whole: 3_500)]
        #expect(Self.forecast(0, incomplete).lostOps == 1_500)
        let following = [Self.member(), Self.member(isReachable: false), Self.member(commit: 4_990, whole: 4_980)]
        #expect(Self.forecast(0, following).lostOps == 0)
    }

    @Test(arguments: 0..<3)
    func `whoever leads, and be it the observer, one of the first two follows it`(primary: Int) {
        let members = (0..<3).map { Self.member(missing: $0 == 2 ? 100_000_000 : 0) }
        for lost in 0..<3 {
            let milliseconds: UInt64 = lost == primary ? 1_500 + 80 + 50 : 0
            let forecast = Self.forecast(lost, members, primary: primary)
            #expect(forecast == LossForecast(recoveryMilliseconds: milliseconds, lostOps: 0), "\(lost)")
        }
    }

    @Test func `who only learns the log is missed by nobody, and takes over from nobody`() {
        let learner = Self.member(isVoter: false)
        let learning = [Self.member(), learner, learner]
        #expect(Self.forecast(0, learning) == LossForecast(recoveryMilliseconds: nil, lostOps: 0))
        #expect(Self.forecast(1, learning) == LossForecast(recoveryMilliseconds: 0, lostOps: 0))
        let alone = [Self.member(), learner, Self.member(isVoter: false, isReachable: false)]
        #expect(Self.forecast(1, alone) == LossForecast(recoveryMilliseconds: 0, lostOps: 0))
    }

    @Test func `a cluster of one loses everything`() {
        #expect(Self.forecast(0, [Self.member()]) == LossForecast(recoveryMilliseconds: nil, lostOps: 5_000))
    }
}
