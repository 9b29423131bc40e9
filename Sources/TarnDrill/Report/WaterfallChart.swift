/// The recovery as an SVG: one bar a phase, from when the phase before it was reached.
struct WaterfallChart {
    private static let width = 760.0
    private static let labelWidth = 170.0
    private static let rowHeight = 26.0

    let waterfall: Waterfall

    var svg: String {
        let phases = self.waterfall.phases
        let end = max(1, phases.map(\.atMicroseconds).max() ?? 1)
        let height = Double(phases.count) * Self.rowHeight + 30
        let scale = (Self.width - Self.labelWidth - 90) / Double(end)
        var out = "<svg viewBox=\"0 0 \(SVGText.number(Self.width)) \(SVGText.number(height))\" role=\"img\" "
        out += "aria-label=\"Recovery by phase\">"
        for mark in SVGText.marks(through: end, count: 6) {
            let x = Self.labelWidth + Double(mark) * scale
            out += SVGText.line(x, 0, x, height - 22, "grid")
            out += SVGText.text(x, height - 8, SVGText.duration(mark), "axis", anchor: "middle")
        }
        for (index, phase) in phases.enumerated() {
            let y = Double(index) * Self.rowHeight + 4
            let finish = Double(max(0, phase.atMicroseconds))
            let begin = max(0, finish - Double(phase.microseconds))
            out += SVGText.text(Self.labelWidth - 8, y + 14, phase.name.title, "label", anchor: "end")
            let width = max(2, (finish - begin) * scale)
            out += SVGText.rectangle(
                Self.labelWidth + begin * scale,
                y,
                width,
                Self.rowHeight - 8,
                "bar \(phase.name.rawValue)"
            )
            let text = "\(SVGText.duration(phase.atMicroseconds))"
            out += SVGText.text(Self.labelWidth + finish * scale + 6, y + 14, text, "value")
        }
        return out + "</svg>"
    }
}
