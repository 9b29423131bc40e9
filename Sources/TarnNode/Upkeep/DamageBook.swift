internal import Synchronization
internal import TarnCore

/// What is damaged on this node and could not be healed yet, for `status`: a few names and a count.
final class DamageBook: Sendable {
    private static let namesMax = 3
    private let open: Mutex<[DamageNote]> = Mutex([])

    /// Replaces what is known to be damaged.
    func replace(with notes: [DamageNote]) {
        self.open.withLock { $0 = notes }
    }

    /// One line for people, or nil when nothing is damaged.
    var trouble: String? {
        let notes = self.open.withLock { $0 }
        guard let first = notes.first else { return nil }
        let names = notes.prefix(Self.namesMax).map { $0.paths.first?.string ?? $0.name }
        let more = notes.count > names.count ? " and \(notes.count - names.count) more" : ""
        return "damaged and not healed: \(names.joined(separator: ", "))\(more) (\(first.reason))"
    }
}
