import TarnCore
import TarnCrypto
import Testing

@testable import TarnNode

@Suite struct LossForecastTests {
    private static func member(
        isReachable: Bool = true,
        isSound: Bool = true,
        commit: UInt64 = 5_000,
        whole: UInt64? = nil,
        missing: UInt64 = 0,
        roundTrip: Double? = 20
    ) -> LossForecast.Member {
        LossForecast.Member(
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

    @Test func `a cluster of one loses everything`() {
        #expect(Self.forecast(0, [Self.member()]) == LossForecast(recoveryMilliseconds: nil, lostOps: 5_000))
    }

    @Test func `what a log names and a disk lacks is counted once, until it is whole`() throws {
        func address(_ text: String) -> BlobAddress { SHA256.digest(Array(text.utf8)) }
        let changes = try [("a", "a", 100), ("b", "b", 30), ("c", "a", 100)].map { name, content, size in
            let entry = try Entry.file(content: address(content), size: UInt64(size))
            return Change(path: try NamespacePath("/workspace/\(name)"), action: .put(entry))
        }
        let body = try ChangeSet(changes).encoded()
        let header = LogHeader(
            op: Op(3),
            view: View(0),
            kind: .changeSet,
            configurationEpoch: 0,
            timestampMicroseconds: 1,
            author: "test",
            request: try RequestID(client: "test", number: 1),
            parent: .zero,
            root: .zero,
            body: SHA256.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: 2,
            closureBytesCount: 130
        )
        let entry = LogEntry(header: header, body: body)
        let arrears = Arrears()
        arrears.note(entry, missing: [address("a")])
        #expect(arrears.bytesCount == 100)
        arrears.note(entry, missing: [address("a"), address("b")])
        #expect(arrears.bytesCount == 130)
        arrears.settle(Op(4))
        #expect(arrears.bytesCount == 130)
        arrears.settle(Op(3))
        arrears.settle(Op(3))
        #expect(arrears.bytesCount == 0)
    }
}
