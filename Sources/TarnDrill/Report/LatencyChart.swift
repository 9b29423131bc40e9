/// Every write of a drill as a point: when it began, and how long it took, on a logarithmic scale.
struct LatencyChart {
    private static let width = 760.0
    private static let height = 220.0
    private static let left = 56.0
    private static let bottom = 26.0
    /// Points that a page holds; of more, every second, third… is drawn, and all that were not acknowledged.
    private static let pointsMax = 4_000

    let writes: [WriteSample]
    let startedAt: UInt64
    let injectedAt: UInt64
    let healedAt: UInt64?
    let endedAt: UInt64

    var svg: String {
        var out = "<svg viewBox=\"0 0 \(SVGText.number(Self.width)) \(SVGText.number(Self.height))\" role=\"img\" "
        out += "aria-label=\"Latency of every write\">"
        let healed = self.x(self.healedAt ?? self.endedAt)
        let injected = self.x(self.injectedAt)
        out += SVGText.rectangle(injected, 0, max(0, healed - injected), Self.height - Self.bottom, "fault")
        for power in 0...5 {
            let microseconds = [1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000][power]
            let y = self.y(UInt64(microseconds))
            out += SVGText.line(Self.left, y, Self.width, y, "grid")
            out += SVGText.text(Self.left - 6, y + 4, SVGText.duration(Int64(microseconds)), "axis", anchor: "end")
        }
        for mark in SVGText.marks(through: Int64(self.endedAt - min(self.startedAt, self.endedAt)), count: 8) {
            let x = self.x(self.startedAt + UInt64(mark))
            out += SVGText.text(x, Self.height - 8, SVGText.duration(mark), "axis", anchor: "middle")
        }
        out += SVGText.text(injected + 4, 12, "fault", "label")
        if self.healedAt != nil { out += SVGText.text(healed + 4, 12, "healing", "label") }
        let step = max(1, self.writes.count / Self.pointsMax)
        for (index, write) in self.writes.enumerated() {
            let isAcknowledged = write.acknowledgedOp != nil
            guard !isAcknowledged || index % step == 0 else { continue }
            out += "<circle cx=\"\(SVGText.number(self.x(write.startedAt)))\" "
            out += "cy=\"\(SVGText.number(self.y(write.latencyMicroseconds)))\" r=\"2\" "
            out += "class=\"\(isAcknowledged ? "good" : "bad")\"/>"
        }
        return out + "</svg>"
    }

    private func x(_ time: UInt64) -> Double {
        let span = Double(max(1, self.endedAt - min(self.startedAt, self.endedAt)))
        let offset = Double(time - min(time, self.startedAt))
        return Self.left + min(1, offset / span) * (Self.width - Self.left - 8)
    }

    /// From 1 ms at the bottom to 100 s at the top.
    private func y(_ microseconds: UInt64) -> Double {
        let milliseconds = min(100_000, max(1, Double(microseconds) / 1_000))
        let share = Self.logarithm(milliseconds) / 5
        return (Self.height - Self.bottom) * (1 - share) + 4 * share
    }

    /// To the base of ten, by its binary digits: exact enough for a drawing.
    private static func logarithm(_ value: Double) -> Double {
        let exponent = Double(value.exponent)
        let part = value.significand
        // Of the part between 1 and 2, a polynomial that is right to a thousandth.
        let fraction = (part - 1) * (1.4230 + (part - 1) * (-0.5820 + (part - 1) * 0.1590))
        return (exponent + fraction) * 0.301_03
    }
}
