/// Microseconds since 1970-01-01T00:00:00Z as text: RFC 3339 in UTC with six digits of a second.
///
/// Calendar arithmetic after Howard Hinnant's `civil_from_days`, so that the pure layers need no calendar library.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let microseconds: UInt64

    package init(microseconds: UInt64) {
        self.microseconds = microseconds
    }

    /// Reads RFC 3339: `2026-11-21T03:04:05[.ffffff](Z|±hh:mm)`, or a date alone for its first moment; nil for anything
    /// else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int64? {
            guard start + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[start..<start + count] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        func isAt(_ index: Int, _ character: Unicode.Scalar) -> Bool {
            index < bytes.count && bytes[index] == UInt8(character.value)
        }
        guard let year = number(0, 4), isAt(4, "-"), let month = number(5, 2), isAt(7, "-"), let day = number(8, 2),
            (1...12).contains(month), (1...Self.daysInMonth(month, year: year)).contains(day), year >= 1970
        else { return nil }
        let midnight = Self.days(year: year, month: month, day: day) * 86_400
        if bytes.count == 10 {
            self.microseconds = UInt64(midnight) * 1_000_000
            return
        }
        guard isAt(10, "T") || isAt(10, "t") || isAt(10, " "), let hour = number(11, 2), isAt(13, ":"),
            let minute = number(14, 2), isAt(16, ":"), let second = number(17, 2), hour < 24, minute < 60, second <= 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if isAt(index, ".") {
            index += 1
            var scale: Int64 = 100_000
            let start = index
            while index < bytes.count, (0x30...0x39).contains(bytes[index]) {
                fraction += Int64(bytes[index] - 0x30) * scale
                scale /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        var zoneSeconds: Int64 = 0
        if isAt(index, "Z") || isAt(index, "z") {
            index += 1
        } else {
            guard isAt(index, "+") || isAt(index, "-"), let zoneHour = number(index + 1, 2), isAt(index + 3, ":"),
                let zoneMinute = number(index + 4, 2), zoneHour < 24, zoneMinute < 60
            else { return nil }
            zoneSeconds = (zoneHour * 3_600 + zoneMinute * 60) * (isAt(index, "-") ? -1 : 1)
            index += 6
        }
        let seconds = midnight + hour * 3_600 + minute * 60 + second - zoneSeconds
        guard index == bytes.count, seconds >= 0 else { return nil }
        self.microseconds = UInt64(seconds) * 1_000_000 + UInt64(fraction)
    }

    package var description: String {
        let seconds = Int64(self.microseconds / 1_000_000)
        let (year, month, day) = Self.civil(days: seconds / 86_400)
        let rest = seconds % 86_400
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
            + "T\(padded(rest / 3_600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))"
            + ".\(padded(Int64(self.microseconds % 1_000_000), 6))Z"
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    private static func daysInMonth(_ month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex + (monthIndex < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }
}
