internal import TarnCore

/// Times as HTTP spells them (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func text(microseconds: UInt64) -> String {
        let seconds = microseconds / 1_000_000
        // 2026-11-21T03:04:05.000000Z; 1970 began on a Thursday.
        let parts = Timestamp(microseconds: seconds * 1_000_000).description
            .split { !$0.isNumber }
        let month = Self.months[(Int(parts[1]) ?? 1) - 1]
        return "\(Self.days[Int(seconds / 86_400 % 7)]), \(parts[2]) \(month) \(parts[0]) "
            + "\(parts[3]):\(parts[4]):\(parts[5]) GMT"
    }

    /// Seconds since 1970 that `text` names; nil for anything but this form.
    static func seconds(_ text: String) -> UInt64? {
        let parts = text.split { $0 == " " || $0 == "," }
        guard parts.count == 6, parts[5] == "GMT", let month = Self.months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z").map { $0.microseconds / 1_000_000 }
    }
}
