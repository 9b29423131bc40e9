import TarnCore
import TarnDrill
import Testing

struct ReportTests {
    /// A report with what a page shows, and a name that would be code if it were not escaped.
    static func report() throws -> DrillReport {
        let text = """
            {"id":"20261121t104513-s2","scenario":"S2","title":"<script>alert(1)</script>","hypothesis":"it holds",\
            "verdict":"passed","started_at":1000000,"injected_at":2000000,"injected_through":2010000,"healed_at":4000000,\
            "settled_at":5000000,"ended_at":6000000,"rpo":{"acknowledged":2,"lost":0,"orphans":[]},\
            "rto":{"total_ms":1500,"phases":[{"name":"inject","ms":10,"at_ms":10},{"name":"first_client_success","ms":1490,\
            "at_ms":1500}]},"objectives":[{"objective":"RTO","wanted":"at most 6000 ms","measured":"1500 ms","met":true}],\
            "client":{"attempts":3,"p50_ms":5},"roots":[],"receipts":{"checked":2,"valid":2},\
            "timeline":{"writes":[[1,-50000,5000,1,0,11],[2,100000,1400000,4,1,12],[3,200000,1,1,0,-2]]}}
            """
        return DrillReport(json: try JSONValue(parsing: Array(text.utf8)))
    }

    @Test func `a page holds the waterfall and the timeline, loads nothing, and runs nothing`() throws {
        let page = ReportPage(try Self.report()).text
        #expect(
            page.contains("<svg") && page.contains("first client success") && page.contains("Latency of every write")
        )
        #expect(page.contains("&lt;script&gt;alert(1)"))
        for word in ["<script", "http://", "https://", "src=", "href=", "url(", "@import"] {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(page.split(separator: "<circle").count == 4)
    }

    @Test(arguments: ["1e300", "-1e300", "9223372036854775807", "18446744073709551615", "-1", "4503599627370496"])
    func `figures may be any numbers`(number: String) throws {
        let text = """
            {"scenario":"S2","started_at":\(number),"injected_at":\(number),"healed_at":\(number),"ended_at":\(number),\
            "rto":{"total_ms":\(number),"phases":[{"name":"inject","ms":\(number),"at_ms":\(number)}]},\
            "predicted":{"seeds":1,"total":{"p50_ms":\(number),"p90_ms":\(number)}},\
            "timeline":{"writes":[[1,\(number),\(number),1,0,11],[1,0,\(number),1,0,11],[1,-5,10,\(number),1,12]]}}
            """
        let report = DrillReport(json: try JSONValue(parsing: Array(text.utf8)))
        #expect(ReportPage(report).text.contains("</html>"))
        #expect(!ReportMarkdown(report).text.isEmpty)
        #expect((DrillHistory.trend(of: report, after: [try Self.report(), report]) ?? 0) >= -100)
    }

    @Test func `writes read back as they were`() throws {
        let writes = try Self.report().writes
        #expect(writes.count == 3)
        #expect(writes[0].startedAt == 1_950_000 && writes[0].acknowledgedOp == Op(11))
        #expect(writes[1].attemptsCount == 4 && writes[1].doubtsCount == 1)
        #expect(writes[2].outcome == .unknown)
    }

    @Test func `Markdown has every objective`() throws {
        let text = ReportMarkdown(try Self.report()).text
        #expect(text.contains("| RTO | at most 6000 ms | 1500 ms | yes |"))
        #expect(text.contains("| first client success | 1500 | 1490 |"))
    }

    @Test func `the trend compares with the median of the same scenario before`() throws {
        func report(_ scenario: String, _ milliseconds: Int) -> DrillReport {
            DrillReport(json: ["scenario": .string(scenario), "rto": ["total_ms": .integer(milliseconds)]])
        }
        let before = [report("S2", 1_000), report("S3", 9_000), report("S2", 2_000), report("S2", 4_000)]
        #expect(DrillHistory.trend(of: report("S2", 3_000), after: before) == 50)
        #expect(DrillHistory.trend(of: report("S4", 3_000), after: before) == nil)
    }

    @Test func `every scenario that the simulator knows recovers there, and a planned one sooner`() async throws {
        var medians: [String: Double] = [:]
        for id in ["S1", "S2", "S3", "S7", "S12"] {
            let rehearsal = try #require(try Self.rehearsal(id, writesPerSecond: 20))
            let prediction = await rehearsal.run(seeds: 10)
            #expect(prediction.failuresCount == 0, "\(id)")
            medians[id] = prediction.total.p50
        }
        // Two messages and a write: clients that write every 50 ms notice little more than that.
        #expect((40...150).contains(medians["S1"] ?? 0))
        #expect((1_000...6_000).contains(medians["S2"] ?? 0))
        #expect(medians["S7"] ?? .infinity < 1_000)
        let full = try Self.rehearsal("S9", writesPerSecond: 20)
        #expect(full == nil, "a full disk is not simulated")
    }

    @Test func `whoever writes seldom notices no shorter gap than that between two writes`() async throws {
        var medians: [Double] = []
        for rate in [5.0, 20, 200] {
            let rehearsal = try #require(try Self.rehearsal("S1", writesPerSecond: rate))
            let prediction = await rehearsal.run(seeds: 20)
            #expect(prediction.failuresCount == 0)
            medians.append(prediction.total.p50)
        }
        #expect(medians[0] >= 150 && medians[0] > medians[1] && medians[1] > medians[2], "\(medians)")
    }

    /// A scenario on a cluster with short round trips and quick disks; nil for one that is not simulated.
    private static func rehearsal(_ id: String, writesPerSecond: Double) throws -> ScenarioRehearsal? {
        let conditions = ScenarioRehearsal.conditions(
            roundTripMilliseconds: [1, 0.5],
            syncMilliseconds: 1,
            writesPerSecond: writesPerSecond
        )
        return ScenarioRehearsal(try #require(Scenario.named(id)), conditions: conditions)
    }
}
