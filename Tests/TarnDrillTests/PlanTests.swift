import TarnCore
import TarnDrill
import Testing

struct PlanTests {
    @Test(
        "a schedule names the next moment, in UTC",
        arguments: [
            ("0 3 * * 0", "2026-11-21T10:00:00Z", "2026-11-22T03:00:00.000000Z"),
            ("*/15 * * * *", "2026-11-21T10:15:00Z", "2026-11-21T10:30:00.000000Z"),
            ("5 0 29 2 *", "2026-11-21T10:00:00Z", "2028-02-29T00:05:00.000000Z"),
            ("0 12 13 * 5", "2026-11-21T10:00:00Z", "2026-11-27T12:00:00.000000Z"),
            ("30 23 31 12 *", "2026-12-31T23:30:00Z", "2027-12-31T23:30:00.000000Z"),
            ("0 8-10/2 * * 1-5", "2026-11-20T08:00:00Z", "2026-11-20T10:00:00.000000Z"),
            ("0 0 * * 7", "2026-11-21T10:00:00Z", "2026-11-22T00:00:00.000000Z"),
        ]
    )
    func next(text: String, after: String, expected: String) throws {
        let time = try #require(Timestamp(after)).microseconds
        let next = try #require(try CronSchedule(text).next(after: time))
        #expect(Timestamp(microseconds: next).description == expected)
    }

    @Test(arguments: [
        "", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "a * * * *", "*/0 * * * *", "5-1 * * * *",
    ])
    func `a schedule that is none is refused`(text: String) {
        #expect(throws: DrillError.self) { try CronSchedule(text) }
    }

    @Test func `30 February never comes`() throws {
        #expect(try CronSchedule("0 0 30 2 *").next(after: 0) == nil)
    }

    @Test(
        arguments: [("250ms", 0.25), ("1.5s", 1.5), ("5m", 300), ("1h", 3_600), ("0s", 0)] as [(String, Double)]
    )
    func `durations are read with their units`(text: String, seconds: Double) {
        #expect(ShortDuration(text)?.seconds == seconds)
    }

    @Test(arguments: ["", "5", "s", "-1s", "infs", "9999h", "1 d"])
    func `what is no duration is refused`(text: String) {
        #expect(ShortDuration(text) == nil)
    }

    @Test func `stop conditions compare what clients saw`() throws {
        let writes = FigureTests.writes(count: 20, outage: 0..<1)
        let gap = try #require(StopCondition("gap > 2s"))
        #expect(!gap.isMet(writes: writes, reads: [], since: 0, now: 1_500_000))
        #expect(gap.isMet(writes: writes, reads: [], since: 0, now: 3_500_000))
        let slow = try #require(StopCondition("p99>4ms"))
        #expect(slow.isMet(writes: writes, reads: [], since: 0, now: 0))
        #expect(StopCondition("p99>2") == nil)
        #expect(StopCondition("p98>2s") == nil)
        #expect(StopCondition("unknown>x") == nil)
    }

    @Test func `ids begin with their time, and nothing else is taken for one`() {
        let id = DrillID.make(scenario: "S12", at: 1_795_255_200_000_000)
        #expect(DrillID.isValid(id) && id.hasSuffix("-s12"))
        for bad in ["", "../../etc/passwd", "20261121T104513-s2", "x"] { #expect(!DrillID.isValid(bad)) }
    }

    @Test func `the loss statement names the acknowledged ops that nobody within reach holds`() throws {
        let status = """
            {"cluster":"c","primary":null,"datacenters":[{"dc":"dc2","reachable":true,"view":1,"op":12,"commit":11,"root":"r",\
            "prefix_complete":12,"missing_bytes":0}]}
            """
        let name = try DatacenterID("dc2")
        let observation = try #require(
            ClusterObservation(json: try JSONValue(parsing: Array(status.utf8)), of: name, at: 1)
        )
        let samples = [10, 12, 13, 15].map { FigureTests.write($0, 0, 1, op: $0) }
        let statement = LossStatement(observations: [name: observation], samples: samples)
        #expect(statement.datacenter == name)
        #expect(statement.holdsThrough == 12)
        #expect(statement.lostOps == [13, 15])
    }
}
