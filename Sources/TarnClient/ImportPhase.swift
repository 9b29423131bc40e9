/// The order in which the changes of an import become visible: each phase is committed before the next one begins.
enum ImportPhase: Int, CaseIterable {
    /// Deletes what stands where something of another kind must go.
    case replacements
    case directories
    case data
    case moves
    /// Attributes of what was moved.
    case adjustments
    /// One set at a time, in the order of the versions.
    case deltaLog
    case deletions

    var next: ImportPhase? { ImportPhase(rawValue: self.rawValue + 1) }

    /// Whether sets of this phase may be under way together.
    var isConcurrent: Bool {
        switch self {
        case .directories, .data, .deletions, .adjustments: true
        case .replacements, .moves, .deltaLog: false
        }
    }
}
