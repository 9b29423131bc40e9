/// A time span as one types it: `250ms`, `1.5s`, `60s`, `5m`, `1h`.
package struct ShortDuration: Hashable, Sendable {
    package let microseconds: UInt64

    /// Nil when `text` is no number followed by a unit, or longer than a week.
    package init?(_ text: String) {
        let units: [(String, Double)] = [("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000)]
        guard let unit = units.first(where: { text.hasSuffix($0.0) }),
            let value = Double(text.dropLast(unit.0.count)), value.isFinite, value >= 0,
            value * unit.1 <= 7 * 24 * 3_600_000_000
        else { return nil }
        self.microseconds = UInt64(value * unit.1)
    }

    package var seconds: Double { Double(self.microseconds) / 1_000_000 }
}
