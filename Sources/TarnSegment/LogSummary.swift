package import TarnCore

/// What a data folder holds of the log, at one moment.
package struct LogSummary: Hashable, Sendable {
    /// Whether no record of the log was ever written.
    package let isEmpty: Bool
    /// The last op: of the newest HEAD, or of the newest entry behind it. The genesis when the log is empty.
    package let head: Op
    /// Header hash of that op's entry; ``Digest/zero`` when the log is empty.
    package let headEntry: Digest
    /// The log view of the newest HEAD; 0 when there is none.
    package let logView: View
    /// The lowest op from which on every entry up to ``head`` is here, or nil when the head's own entry is missing.
    package let first: Op?
    let acknowledged: OpRanges

    /// Whether an acknowledgement of the op's entry was made durable.
    package func isAcknowledged(_ op: Op) -> Bool { self.acknowledged.contains(op) }

    /// The highest op up to which every op from ``first`` on is acknowledged, or nil when the first is not.
    package var acknowledgedThrough: Op? {
        guard let first else { return nil }
        return self.acknowledged.ranges.first { $0.contains(first.number) }.map { min(Op($0.upperBound), self.head) }
    }

    /// The highest op up to which every op since the genesis is acknowledged. Where entries are missing that is less than
    /// ``acknowledgedThrough``, which says nothing of what lies below them.
    package var acknowledgedSinceGenesis: Op {
        guard let lowest = self.acknowledged.ranges.first, lowest.lowerBound <= Op.genesis.next.number else {
            return .genesis
        }
        return min(Op(lowest.upperBound), self.head)
    }
}
