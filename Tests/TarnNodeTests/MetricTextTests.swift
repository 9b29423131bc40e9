import TarnCore
import TarnNode
import Testing

@Suite("Metric text")
struct MetricTextTests {
    @Test("a gauge is written with its help, its type and its labels")
    func gauge() {
        var text = MetricText()
        text.write(MetricDefinition("a", .gauge, labels: ["x", "y"], "Some help."), [(["1", "q\"\\\n"], 2.5)])
        text.write(MetricDefinition("b_total", .counter, "More."), 7)
        #expect(
            text.text == """
                # HELP a Some help.
                # TYPE a gauge
                a{x="1",y="q\\"\\\\\\n"} 2.5
                # HELP b_total More.
                # TYPE b_total counter
                b_total 7

                """
        )
    }

    @Test("a histogram's buckets count what is at or below their bound, and the last one counts everything")
    func histogram() {
        var counts = LatencyCounts()
        for nanoseconds: UInt64 in [0, 100_000, 100_001, 1_000_000_000, 90_000_000_000] {
            counts.note(nanoseconds: nanoseconds)
        }
        var text = MetricText()
        text.write(MetricDefinition("t_seconds", .histogram, "Time."), [([], counts)])
        let lines = text.text.split(separator: "\n")
        #expect(lines.contains("t_seconds_bucket{le=\"0.0001\"} 2"))
        #expect(lines.contains("t_seconds_bucket{le=\"0.00025\"} 3"))
        #expect(lines.contains("t_seconds_bucket{le=\"0.5\"} 3"))
        #expect(lines.contains("t_seconds_bucket{le=\"1\"} 4"))
        #expect(lines.contains("t_seconds_bucket{le=\"30\"} 4"))
        #expect(lines.contains("t_seconds_bucket{le=\"+Inf\"} 5"))
        #expect(lines.contains("t_seconds_count 5"))
        #expect(lines.contains("t_seconds_sum 91.000200001"))
        #expect(counts.count == 5)
    }
}
