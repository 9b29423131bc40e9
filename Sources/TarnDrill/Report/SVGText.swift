/// Pieces of SVG and HTML, with everything that comes from outside escaped.
enum SVGText {
    static func escaped(_ text: String) -> String {
        var out = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }

    /// A coordinate with one decimal.
    static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let rest = abs(tenths) % 10
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10)\(rest == 0 ? "" : ".\(rest)")"
    }

    static func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String) -> String {
        "<rect x=\"\(self.number(x))\" y=\"\(self.number(y))\" width=\"\(self.number(width))\" "
            + "height=\"\(self.number(height))\" class=\"\(style)\"/>"
    }

    static func text(_ x: Double, _ y: Double, _ text: String, _ style: String, anchor: String = "start") -> String {
        "<text x=\"\(self.number(x))\" y=\"\(self.number(y))\" class=\"\(style)\" text-anchor=\"\(anchor)\">"
            + "\(self.escaped(text))</text>"
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> String {
        "<line x1=\"\(self.number(x1))\" y1=\"\(self.number(y1))\" x2=\"\(self.number(x2))\" "
            + "y2=\"\(self.number(y2))\" class=\"\(style)\"/>"
    }

    /// A time axis' label: `250 ms`, `1.5 s`.
    static func duration(_ microseconds: Int64) -> String {
        let milliseconds = Double(microseconds) / 1_000
        return abs(milliseconds) < 1_000
            ? "\(self.number(milliseconds)) ms" : "\(self.number(milliseconds / 1_000)) s"
    }

    /// Round marks from 0 to at most `end`, about `count` of them.
    static func marks(through end: Int64, count: Int64) -> [Int64] {
        guard end > 0 else { return [0] }
        var step: Int64 = 1
        while end / step > count {
            for factor: Int64 in [2, 5, 10] where end / step > count {
                let candidate = Self.power(of: step) * factor
                if candidate > step { step = candidate }
            }
        }
        return stride(from: 0, through: end, by: Int(step)).map { $0 }
    }

    /// The largest power of ten that is not above `value`.
    private static func power(of value: Int64) -> Int64 {
        var power: Int64 = 1
        while power * 10 <= value { power *= 10 }
        return power
    }
}
