internal import TarnCore

/// The headers of the newest committed ops, so that the answer to a writer needs no read of the log.
struct RecentHeaders: Sendable {
    static let countMax = 4_096

    /// Each op at its number modulo the count, until a later one takes its place.
    private var ring = [LogHeader?](repeating: nil, count: Self.countMax)

    mutating func note(_ header: LogHeader) {
        self.ring[Self.slot(header.op)] = header
    }

    /// The header of `op` while it is one of the newest.
    subscript(op: Op) -> LogHeader? {
        guard let header = self.ring[Self.slot(op)], header.op == op else { return nil }
        return header
    }

    private static func slot(_ op: Op) -> Int { Int(op.number % UInt64(Self.countMax)) }
}
