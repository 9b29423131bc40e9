package import TarnCore

/// The end of the log as it was found on disk when the process started.
package struct RecoveredLog: Hashable, Sendable {
    /// One entry above the commit number.
    package struct Suffix: Hashable, Sendable {
        package let entry: LogEntry
        /// Whether the acknowledgement record of this entry was found: only then had its blobs been made durable too.
        package let isAcknowledged: Bool
        /// False when it was acknowledged and a blob that it names cannot be read any more.
        package let isReadable: Bool

        package init(entry: LogEntry, isAcknowledged: Bool, isReadable: Bool = true) {
            self.entry = entry
            self.isAcknowledged = isAcknowledged
            self.isReadable = isReadable
        }
    }

    package let view: View
    /// The view in which the log was last known to be the primary's.
    package let logView: View
    /// The newest entry known to be committed; the genesis in a new folder.
    package let committed: LogHeader
    /// What follows it, in order and without gaps; at most ``Limits/pipelineSetsMax`` entries
    /// (``Replica/commitFloor(head:)``).
    package let suffix: [Suffix]
    /// Entries that were acknowledged and cannot be read.
    package let faults: [Message.Acknowledgement]
    /// False when something may be missing that was acknowledged or promised: a wiped or damaged disk.
    package let isTrusted: Bool

    package init(
        view: View,
        logView: View,
        committed: LogHeader,
        suffix: [Suffix],
        faults: [Message.Acknowledgement] = [],
        isTrusted: Bool = true
    ) {
        self.view = view
        self.logView = logView
        self.committed = committed
        self.suffix = suffix
        self.faults = faults
        self.isTrusted = isTrusted
    }
}

/// A log that no replica can start from.
package struct RecoveryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where the log stops making sense.
    package let op: Op
    package let message: String

    package init(op: Op, message: String) {
        self.op = op
        self.message = message
    }

    package var description: String { "log cannot be recovered at op \(self.op): \(self.message)" }
}
