package import TarnCore

/// What a member brings to a view change: the end of its log, and for each entry whether it may have counted.
package struct Vote: Hashable, Sendable {
    /// What stands at an op of the suffix.
    package struct Item: Hashable, Sendable {
        /// How much of an entry a member holds.
        package enum Holding: UInt8, Hashable, Sendable {
            /// It was acknowledged and is here with every blob that it names: a copy.
            case complete = 0
            /// It is here and was never acknowledged, because blobs are missing: as good as nothing.
            case headerOnly = 1
            /// It was acknowledged, and something of it cannot be read any more: neither copy nor denial.
            case fault = 2
        }

        package let header: LogHeader
        package let holding: Holding

        package init(header: LogHeader, holding: Holding) {
            self.header = header
            self.holding = holding
        }
    }

    /// The newest view whose log this is.
    package let logView: View
    /// The highest op that the member knows to be committed and holds, and its entry's hash.
    package let commit: Message.Acknowledgement
    /// The entries after `commit`, in order and without gaps. An op behind them is blank: never acknowledged, unless it
    /// is among `faults`.
    package let suffix: [Item]
    /// Entries that were acknowledged and cannot be read, not even their headers.
    package let faults: [Message.Acknowledgement]
    /// False when the member may have forgotten what it acknowledged.
    package let isTrusted: Bool
    /// Chosen anew by every start of the member's process.
    package let session: UInt64

    package init(
        logView: View,
        commit: Message.Acknowledgement,
        suffix: [Item],
        faults: [Message.Acknowledgement],
        isTrusted: Bool,
        session: UInt64
    ) {
        self.logView = logView
        self.commit = commit
        self.suffix = suffix
        self.faults = faults
        self.isTrusted = isTrusted
        self.session = session
    }

    /// What the member has at `op`, or nil.
    func item(at op: Op) -> Item? {
        guard op > self.commit.op, op.number - self.commit.op.number <= UInt64(self.suffix.count) else { return nil }
        return self.suffix[Int(op.number - self.commit.op.number) - 1]
    }
}

/// A log by its headers from a committed op on: all that a member needs to know which entries to get.
package struct CanonicalLog: Hashable, Sendable {
    package let view: View
    /// A committed op, and its entry's hash.
    package let base: Message.Acknowledgement
    /// What follows it, in order and without gaps.
    package let suffix: [LogHeader]

    package init(view: View, base: Message.Acknowledgement, suffix: [LogHeader]) {
        self.view = view
        self.base = base
        self.suffix = suffix
    }

    /// The last op.
    package var head: Op { Op(self.base.op.number + UInt64(self.suffix.count)) }
}
