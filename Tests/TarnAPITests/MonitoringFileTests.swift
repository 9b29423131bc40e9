import Foundation
import TarnNode
import Testing

@testable import TarnAPI

/// `ops/monitoring` speaks of metrics by their names, so it is checked against those that a node exposes.
@Suite("Monitoring files")
struct MonitoringFileTests {
    private static let definitions = APIMetrics.definitions + NodeMetrics.definitions

    private static func text(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Names with the prefixes of this program's metrics that `text` holds.
    static func namedMetrics(in text: String) -> Set<String> {
        let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        return Set(words.filter { $0.hasPrefix("tarn_") || $0.hasPrefix("process_") }.map(String.init))
    }

    /// The names under which samples of all metrics appear.
    private static var sampleNames: Set<String> {
        Set(
            self.definitions.flatMap { metric in
                metric.kind == .histogram
                    ? ["_bucket", "_sum", "_count"].map { metric.name + $0 } : [metric.name]
            }
        )
    }

    @Test("rules and dashboard name only metrics that a node exposes", arguments: ["alerts.yaml", "grafana.json"])
    func namesAreKnown(_ file: String) throws {
        let named = Self.namedMetrics(in: try Self.text("ops/monitoring/\(file)"))
        #expect(named.count > 10)
        #expect(named.subtracting(Self.sampleNames) == [])
    }

    @Test("the table of metrics is complete and true")
    func table() throws {
        let rows = try Self.text("ops/monitoring/README.md").split(separator: "\n").filter { $0.hasPrefix("| `") }
        let expected = Self.definitions.map { metric in
            let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
            return "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels.isEmpty ? "–" : labels) | \(metric.help) |"
        }
        #expect(rows.map(String.init) == expected)
    }

    @Test("every alert has its page, and every page its alert")
    func runbooks() throws {
        let rules = try Self.text("ops/monitoring/alerts.yaml").split(separator: "\n")
        let alerts = rules.compactMap { line -> String? in
            guard let range = line.range(of: "- alert: ") else { return nil }
            return String(line[range.upperBound...])
        }
        #expect(alerts.count >= 15)
        let index = try Self.text("ops/runbooks/README.md")
        for alert in alerts {
            let page = try Self.text("ops/runbooks/\(alert).md")
            for heading in ["# \(alert)\n", "## Symptom\n", "## Check\n", "## Do\n", "## What to expect\n"] {
                #expect(page.contains(heading), "\(alert) lacks \(heading)")
            }
            #expect(index.contains("(\(alert).md)"))
        }
        #expect(index.components(separatedBy: "(Tarn").count - 1 == alerts.count)
    }

    @Test("the limit of a node's memory and the alert below it are what the guide says")
    func memory() throws {
        let limit = "MemoryMax=2G"
        #expect(try Self.text("deploy/systemd/tarn-node@.service").contains("\n\(limit)\n"))
        #expect(try Self.text("deploy/kubernetes/base/tarn.yaml").contains("limits: {memory: 2Gi}"))
        #expect(try Self.text("deploy/kubernetes/helm/tarn/values.yaml").contains("memoryLimit: 2Gi"))
        let rules = try Self.text("ops/monitoring/alerts.yaml")
        #expect(rules.contains("process_resident_memory_bytes{job=\"tarn\"} > 1.5e9"))
        let guide = try Self.text("deploy/guide.md")
        for figure in ["`\(limit)`", "`memoryLimit: 2Gi`", "`1.5e9`", "`TarnMemoryHigh`"] {
            #expect(guide.contains(figure), "\(figure)")
        }
    }

    @Test("metric names are unique and follow the format's rules")
    func names() {
        #expect(Set(Self.definitions.map(\.name)).count == Self.definitions.count)
        for metric in Self.definitions {
            #expect(metric.name.utf8.allSatisfy { (0x61...0x7a).contains($0) || $0 == 0x5f })
            #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter))
            #expect(metric.help.hasSuffix(".") && !metric.help.contains("\n"))
        }
    }
}
