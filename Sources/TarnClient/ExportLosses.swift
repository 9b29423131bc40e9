internal import Synchronization
internal import TarnCore

/// Whether an export has met a file whose content cannot be had from any node: others that lay beside it may be lost,
/// too, and waiting long for each of them would take the export days.
final class ExportLosses: Sendable {
    private let isKnown = Atomic(false)

    /// How long the content of a file is asked for.
    var patienceMilliseconds: Int {
        self.isKnown.load(ordering: .relaxed)
            ? Limits.lostContentPatienceMilliseconds : Limits.clientPatienceMilliseconds
    }

    func note() { self.isKnown.store(true, ordering: .relaxed) }
}
