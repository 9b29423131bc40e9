/// What one metric is called, counts and is told apart by. `ops/monitoring/README.md` lists them all.
package struct MetricDefinition: Hashable, Sendable {
    /// The types of the Prometheus text format.
    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    package let name: String
    package let kind: Kind
    /// Names of the labels, in the order in which samples give their values.
    package let labels: [String]
    package let help: String

    package init(_ name: String, _ kind: Kind, labels: [String] = [], _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }
}
