internal import TarnCore

/// Figures as people read them; `--json` has them exactly.
package enum HumanText {
    /// `812 B`, `1.4 KB`, `590 MB`: three digits, in powers of 1,000.
    package static func bytes(_ count: UInt64) -> String {
        guard count >= 1_000 else { return "\(count) B" }
        var value = Double(count) / 1_000
        var unit = 0
        let units = ["KB", "MB", "GB", "TB", "PB", "EB"]
        while value >= 999.5, unit + 1 < units.count {
            value /= 1_000
            unit += 1
        }
        return "\(self.threeDigits(value)) \(units[unit])"
    }

    /// `70,000`
    package static func count(_ value: UInt64) -> String {
        var digits = Array(String(value))
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: position)
            position -= 3
        }
        return String(digits)
    }

    /// `0.42 s`, `12.3 s`, `4 min 10 s`, `2 h 5 min`
    package static func seconds(_ value: Double) -> String {
        guard value.isFinite, value < 1e9 else { return "?" }
        if value < 99.95 { return "\(self.threeDigits(max(value, 0))) s" }
        let whole = Int(value.rounded())
        if whole < 3_600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3_600) h \(whole % 3_600 / 60) min"
    }

    /// The first digits of a hash: enough to tell two apart.
    package static func digest(_ hex: String) -> String {
        String(hex.prefix(12))
    }

    /// `1 file`, `2 files`; `plural` is for nouns that take more than an s.
    package static func plural(_ value: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(self.count(UInt64(max(value, 0)))) \(value == 1 ? noun : plural ?? "\(noun)s")"
    }

    /// `2026-11-21 03:04:05Z`
    package static func time(microseconds: UInt64) -> String {
        let text = Timestamp(microseconds: microseconds).description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))Z"
    }

    private static func threeDigits(_ value: Double) -> String {
        let decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
        let scale: Double = decimals == 2 ? 100 : decimals == 1 ? 10 : 1
        let scaled = Int((value * scale).rounded())
        guard decimals > 0 else { return String(scaled) }
        let fraction = String(scaled % Int(scale))
        return "\(scaled / Int(scale)).\(String(repeating: "0", count: decimals - fraction.utf8.count))\(fraction)"
    }
}
