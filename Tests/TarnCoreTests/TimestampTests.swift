import TarnCore
import TarnTestKit
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01", 0), ("1970-01-01T00:00:00.000001Z", 1),
            ("2000-02-29T12:34:56.789Z", 951_827_696_789_000), ("2026-11-21t03:04:05.123456z", 1_795_230_245_123_456),
            ("2026-11-21 03:04:05.123456789Z", 1_795_230_245_123_456),
            ("2026-11-21T05:04:05.123456+02:00", 1_795_230_245_123_456),
            ("2026-11-20T21:34:05.123456-05:30", 1_795_230_245_123_456), ("2024-12-31", 1_735_603_200_000_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
        ] as [(String, UInt64)]
    )
    func textIsRead(text: String, microseconds: UInt64) {
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "now", "1969-12-31", "1970-01-01T00:00:00+00:01", "2026-13-01", "2026-00-01", "2026-02-29", "2026-04-31",
        "2100-02-29", "2026-1-1", "2026-11-21T", "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z", "2026-11-21T00:00:61Z",
        "2026-11-21T00:00:00", "2026-11-21T00:00:00.Z", "2026-11-21T00:00:00+0100", "2026-11-21T00:00:00Zx",
        "2026-11-21T00:00:00+24:00", "２０26-11-21",
    ])
    func otherTextIsNotATime(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func textAndNumberAgree() {
        var random = SplitMix64(seed: 1_970)
        for _ in 0..<2_000 {
            let time = Timestamp(microseconds: random.next() % 250_000_000_000_000_000)
            #expect(Timestamp(time.description) == time)
        }
        #expect(Timestamp(microseconds: 951_827_696_789_000).description == "2000-02-29T12:34:56.789000Z")
        #expect(Timestamp(microseconds: 0).description == "1970-01-01T00:00:00.000000Z")
        #expect(Timestamp(microseconds: 1) < Timestamp(microseconds: 2))
        #expect(!Timestamp(microseconds: .max).description.isEmpty)
    }
}
