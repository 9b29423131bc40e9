internal import TarnCore

/// Finds the files that were moved: a deletion and an addition of equal content, unique on both sides in one run.
struct MoveMatcher: Sendable {
    struct Addition: Sendable {
        let index: Int
        let stamp: FileStamp
        let entry: Entry
    }

    struct Move: Sendable {
        let from: ImportPlan.Deletion
        let to: Addition
    }

    /// The only deletion of a content, or nil where there are several.
    private var deletions: [BlobAddress: ImportPlan.Deletion?] = [:]
    /// Additions whose content is deleted elsewhere, held back until all are known.
    private var held: [Addition] = []

    /// Empty files are all equal, which says nothing.
    init(_ deletions: [ImportPlan.Deletion], isEnabled: Bool) {
        guard isEnabled else { return }
        for deletion in deletions where !deletion.isDirectory && deletion.size > 0 {
            let isRepeated = self.deletions[deletion.content] != nil
            self.deletions[deletion.content] = .some(isRepeated ? nil : deletion)
        }
    }

    /// Takes over `addition` when it may turn out to be a move; false when it is certainly none.
    mutating func hold(_ addition: Addition) -> Bool {
        guard let deletion = self.deletions[addition.entry.content], deletion != nil else { return false }
        self.held.append(addition)
        return true
    }

    /// What was held back, told apart.
    mutating func finish() -> (moves: [Move], additions: [Addition]) {
        var counts: [BlobAddress: Int] = [:]
        for addition in self.held { counts[addition.entry.content, default: 0] += 1 }
        var moves: [Move] = []
        var additions: [Addition] = []
        for addition in self.held {
            if counts[addition.entry.content] == 1, let deletion = self.deletions[addition.entry.content] ?? nil {
                moves.append(Move(from: deletion, to: addition))
            } else {
                additions.append(addition)
            }
        }
        self.held = []
        return (moves, additions)
    }
}
