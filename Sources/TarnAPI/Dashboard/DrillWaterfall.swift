internal import TarnCore

/// The phases of a recovery as bars over time, from the fault on.
struct DrillWaterfall {
    private static let width = 760.0
    private static let labelWidth = 170.0
    private static let rowHeight = 26.0

    /// As a report has them: `name`, `ms` and `at_ms`.
    let phases: [JSONValue]

    func write(to html: inout HTML) {
        let ends = self.phases.map { max(0, $0["at_ms"]?.double ?? 0) }
        let scale = (Self.width - Self.labelWidth - 90) / max(1, ends.max() ?? 1)
        let height = Int(Double(self.phases.count) * Self.rowHeight) + 8
        let frame: [HTML.Attribute] = [
            ("viewBox", "0 0 \(Int(Self.width)) \(height)"), ("role", "img"), ("aria-label", "Recovery by phase"),
            ("class", "chart"),
        ]
        html.element("svg", frame) { html in
            for (index, phase) in self.phases.enumerated() {
                let y = Double(index) * Self.rowHeight + 4
                let begin = max(0, ends[index] - (phase["ms"]?.double ?? 0))
                let name = (phase["name"]?.string ?? "").split(separator: "_").joined(separator: " ")
                Self.writeText(name, x: Self.labelWidth - 8, y: y + 14, anchor: "end", to: &html)
                html.element(
                    "rect",
                    [
                        ("x", Self.text(Self.labelWidth + begin * scale)), ("y", Self.text(y)),
                        ("width", Self.text(max(2, (ends[index] - begin) * scale))),
                        ("height", Self.text(Self.rowHeight - 8)), ("class", "bar"),
                    ],
                    ""
                )
                let label = DashboardFormat.milliseconds(phase["at_ms"]?.double ?? 0)
                let x = Self.labelWidth + ends[index] * scale + 6
                Self.writeText(label, x: x, y: y + 14, anchor: "start", to: &html)
            }
        }
    }

    private static func writeText(_ text: String, x: Double, y: Double, anchor: String, to html: inout HTML) {
        html.element("text", [("x", self.text(x)), ("y", self.text(y)), ("text-anchor", anchor)], text)
    }

    private static func text(_ value: Double) -> String { String((value * 10).rounded() / 10) }
}
