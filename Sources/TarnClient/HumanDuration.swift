/// Durations as people write them: `90s`, `15m`, `12h`, `30d`.
package enum HumanDuration {
    private static let units: [Character: UInt64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    /// A hundred years: nothing that is meant to end takes longer.
    private static let secondsMax: UInt64 = 36_500 * 86_400

    /// Seconds, or nil for a text that is no duration or is longer than a hundred years.
    package static func seconds(_ text: String) -> UInt64? {
        guard let unit = text.last.flatMap({ self.units[$0] }), let count = UInt64(text.dropLast()) else { return nil }
        let (seconds, overflows) = count.multipliedReportingOverflow(by: unit)
        return overflows || seconds > self.secondsMax ? nil : seconds
    }
}
