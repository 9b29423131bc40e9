internal import TarnCore

/// When drills are to be run: minute, hour, day of the month, month and day of the week, in UTC, as cron has them.
package struct CronSchedule: Hashable, Sendable {
    private static let daysLookedAt: UInt64 = 366 * 5
    private static let daySeconds: UInt64 = 86_400

    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let monthDays: Set<Int>
    private let months: Set<Int>
    private let weekDays: Set<Int>
    /// Where both days are restricted, one of them suffices; that is how cron reads it.
    private let isEitherDay: Bool

    /// Throws naming the field that is wrong.
    package init(_ text: String) throws(DrillError) {
        let fields = text.split(separator: " ").map(String.init)
        guard fields.count == 5 else {
            throw DrillError("'\(text)' is no cron expression: minute, hour, day, month and weekday are expected")
        }
        self.minutes = try Self.field(fields[0], 0...59, "minute")
        self.hours = try Self.field(fields[1], 0...23, "hour")
        self.monthDays = try Self.field(fields[2], 1...31, "day of the month")
        self.months = try Self.field(fields[3], 1...12, "month")
        // Both 0 and 7 are Sunday.
        self.weekDays = Set(try Self.field(fields[4], 0...7, "day of the week").map { $0 % 7 })
        self.isEitherDay = fields[2] != "*" && fields[4] != "*"
    }

    /// The first moment after `microseconds` since 1970 that the schedule names, or nil for one such as 30 February.
    package func next(after microseconds: UInt64) -> UInt64? {
        var minute = microseconds / 60_000_000 + 1
        let lastDay = minute * 60 / Self.daySeconds + Self.daysLookedAt
        while minute * 60 / Self.daySeconds <= lastDay {
            let day = minute * 60 / Self.daySeconds
            guard self.isOn(day: day) else {
                minute = (day + 1) * Self.daySeconds / 60
                continue
            }
            let ofDay = Int(minute % 1_440)
            if self.hours.contains(ofDay / 60), self.minutes.contains(ofDay % 60) { return minute * 60_000_000 }
            minute += 1
        }
        return nil
    }

    /// `day` counts from 1970-01-01, a Thursday.
    private func isOn(day: UInt64) -> Bool {
        let date = Timestamp(microseconds: day * Self.daySeconds * 1_000_000).description
        let parts = date.prefix(10).split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, self.months.contains(parts[1]) else { return false }
        let isMonthDay = self.monthDays.contains(parts[2])
        let isWeekDay = self.weekDays.contains(Int((day + 4) % 7))
        return self.isEitherDay ? isMonthDay || isWeekDay : isMonthDay && isWeekDay
    }

    private static func field(_ text: String, _ range: ClosedRange<Int>, _ name: String) throws(DrillError) -> Set<Int>
    {
        var values: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            let step = halves.count == 2 ? Int(halves[1]) : 1
            guard halves.count <= 2, let step, step > 0, let first = halves.first else {
                throw DrillError("the \(name) '\(text)' is not understood")
            }
            let bounds = first == "*" ? range : Self.bounds(first, isOpen: halves.count == 2, range)
            guard let bounds, range.contains(bounds.lowerBound), range.contains(bounds.upperBound) else {
                throw DrillError("the \(name) '\(text)' is not between \(range.lowerBound) and \(range.upperBound)")
            }
            values.formUnion(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
        }
        return values
    }

    /// `5`, `1-5`, or from `5` on where a step follows.
    private static func bounds(_ text: String, isOpen: Bool, _ range: ClosedRange<Int>) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        switch ends.count {
        case 1: return ends[0].flatMap { $0 <= range.upperBound ? $0...(isOpen ? range.upperBound : $0) : nil }
        case 2:
            guard let low = ends[0], let high = ends[1], low <= high else { return nil }
            return low...high
        default: return nil
        }
    }
}
