internal import TarnCore

/// Undoes what drills broke that did not live to heal it themselves.
package struct DrillHealer: Sendable {
    private let folder: DrillFolder
    private let progress: @Sendable (String) -> Void

    package init(folder: DrillFolder, progress: @escaping @Sendable (String) -> Void) {
        self.folder = folder
        self.progress = progress
    }

    /// Drills that have broken something and not healed it.
    package func unhealed() -> [String] {
        self.folder.ids().filter { self.folder.journal(of: $0)?.faults.isEmpty == false }
    }

    /// Heals them all, the newest fault first, and returns how many faults that were. Every fault is tried; throws when
    /// one cannot be undone, and it stays noted. Throws as well while a drill runs, which heals what it broke by itself:
    /// undone under its measurement, the fault would be measured as if it had lasted.
    package func heal() async throws -> Int {
        let lock = try DrillLock(folder: self.folder.path)
        defer { withExtendedLifetime(lock) {} }
        var (healed, failures) = (0, [String]())
        for id in self.unhealed().reversed() {
            guard let content = self.folder.journal(of: id) else { continue }
            let journal = DrillJournal(content, in: self.folder)
            let hook = HookRunner(
                path: content.hook,
                configurationPath: content.configuration,
                folder: self.folder.path(of: id),
                drillID: id
            )
            for fault in content.faults.reversed() {
                self.progress("\(id): \(fault.healing.text)")
                do {
                    try await hook.call(fault.healing)
                    try journal.remove(fault)
                    healed += 1
                } catch {
                    failures.append("\(error)")
                }
            }
        }
        guard failures.isEmpty else {
            throw DrillError("not everything could be undone: \(failures.joined(separator: "; "))")
        }
        return healed
    }
}
