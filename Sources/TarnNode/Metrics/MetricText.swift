package import TarnCore

/// Writes metrics in the Prometheus text format, version 0.0.4.
package struct MetricText: Sendable {
    /// The format's media type.
    package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// What is written so far.
    package private(set) var text = ""

    package init() {
        self.text.reserveCapacity(16 << 10)
    }

    /// A metric without labels and with one value.
    package mutating func write(_ metric: MetricDefinition, _ value: Double) {
        self.write(metric, [([], value)])
    }

    /// A metric with its samples: the values of its labels, in their order, and the number.
    package mutating func write(_ metric: MetricDefinition, _ samples: [(labels: [String], value: Double)]) {
        precondition(metric.kind != .histogram, "\(metric.name) is a histogram")
        self.writeHead(metric)
        for sample in samples {
            self.writeSample(metric.name, metric.labels, sample.labels, sample.value)
        }
    }

    /// A histogram of seconds for each combination of its labels.
    package mutating func write(_ metric: MetricDefinition, _ series: [(labels: [String], counts: LatencyCounts)]) {
        precondition(metric.kind == .histogram, "\(metric.name) is no histogram")
        self.writeHead(metric)
        let names = metric.labels + ["le"]
        for (labels, latency) in series {
            var total: UInt64 = 0
            for (index, count) in latency.counts.enumerated() {
                total += count
                let bounds = LatencyCounts.boundsMicroseconds
                let bound = index < bounds.count ? Self.text(of: Double(bounds[index]) / 1_000_000) : "+Inf"
                self.writeSample("\(metric.name)_bucket", names, labels + [bound], Double(total))
            }
            let seconds = Double(latency.sumNanoseconds) / 1_000_000_000
            self.writeSample("\(metric.name)_sum", metric.labels, labels, seconds)
            self.writeSample("\(metric.name)_count", metric.labels, labels, Double(total))
        }
    }

    private mutating func writeHead(_ metric: MetricDefinition) {
        self.text += "# HELP \(metric.name) \(metric.help)\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
    }

    private mutating func writeSample(_ name: String, _ labels: [String], _ values: [String], _ value: Double) {
        precondition(labels.count == values.count, "\(name) has labels \(labels), not \(values)")
        self.text += name
        for (index, label) in labels.enumerated() {
            self.text += "\(index == 0 ? "{" : ",")\(label)=\"\(Self.escaped(values[index]))\""
        }
        self.text += "\(labels.isEmpty ? "" : "}") \(Self.text(of: value))\n"
    }

    /// Whole numbers without a fraction, as counts are read best.
    private static func text(of value: Double) -> String {
        value == value.rounded() && abs(value) < 9e15 ? String(Int64(value)) : "\(value)"
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5c || $0 == 0x22 || $0 == 0x0a }) else { return value }
        var out = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}
