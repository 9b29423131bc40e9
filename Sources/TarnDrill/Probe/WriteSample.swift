package import TarnCore

/// One write of the drill's own, as its client saw it.
package struct WriteSample: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        /// The cluster gave a receipt.
        case acknowledged(op: Op)
        /// The cluster said no, for certain.
        case refused
        /// Nobody could tell, also when asked again.
        case unknown
    }

    /// Counts the drill's writes from 1: the number in its request id.
    package let number: UInt64
    /// When the first attempt began and the last one ended, in microseconds since 1970 by the drill's clock.
    package let startedAt: UInt64
    package let endedAt: UInt64
    /// How many times it was sent.
    package let attemptsCount: Int
    /// Attempts that ended without an answer that says what became of the write.
    package let doubtsCount: Int
    package let outcome: Outcome

    package init(
        number: UInt64,
        startedAt: UInt64,
        endedAt: UInt64,
        attemptsCount: Int,
        doubtsCount: Int,
        outcome: Outcome
    ) {
        self.number = number
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.attemptsCount = attemptsCount
        self.doubtsCount = doubtsCount
        self.outcome = outcome
    }

    package var latencyMicroseconds: UInt64 { self.endedAt - min(self.startedAt, self.endedAt) }

    package var acknowledgedOp: Op? { if case .acknowledged(let op) = self.outcome { op } else { nil } }
}

extension WriteSample {
    /// `[number, start, latency, attempts, doubts, op]` in microseconds after `origin`; the op is -1 for a refusal and
    /// -2 for an outcome that nobody knows.
    func json(origin: UInt64) -> JSONValue {
        let op: JSONValue =
            switch self.outcome {
            case .acknowledged(let op): .integer(op.number)
            case .refused: -1
            case .unknown: -2
            }
        return .array([
            .integer(self.number), .integer(Int64(self.startedAt) - Int64(origin)), .integer(self.latencyMicroseconds),
            .integer(self.attemptsCount), .integer(self.doubtsCount), op,
        ])
    }

    /// Reads what ``json(origin:)`` writes; nil for anything else.
    init?(json: JSONValue, origin: UInt64) {
        let numbers = json.items.compactMap { Int64($0.display) }
        guard numbers.count == 6, numbers[1...2].allSatisfy({ $0.magnitude <= DrillReport.microsecondsMax }),
            numbers[0] > 0, Int64(origin) + numbers[1] >= 0, numbers[2] >= 0
        else { return nil }
        let start = UInt64(Int64(origin) + numbers[1])
        let outcome: Outcome =
            switch numbers[5] {
            case -1: .refused
            case -2: .unknown
            default: .acknowledged(op: Op(UInt64(max(0, numbers[5]))))
            }
        self.init(
            number: UInt64(numbers[0]),
            startedAt: start,
            endedAt: start + UInt64(numbers[2]),
            attemptsCount: Int(numbers[3]),
            doubtsCount: Int(numbers[4]),
            outcome: outcome
        )
    }
}
