internal import TarnCore

/// Turns what a client asked for into the explicit set that every node applies.
struct ChangeResolver<H: SHA256Function> {
    private var draft: NamespaceDraft<H>
    private var explicit: [Change] = []

    /// What was asked for.
    private let changes: [Change]

    init(tree: MerkleTree<H>, changes: [Change]) {
        self.draft = NamespaceDraft(tree: tree, changesCount: changes.count)
        self.changes = changes
        self.explicit.reserveCapacity(changes.count)
    }

    /// The explicit set; throws for the first change that does not hold.
    mutating func resolve() throws(NamespaceError) -> ChangeSet {
        for (index, change) in self.changes.enumerated() {
            try self.checkPrecondition(of: change)
            switch change.action {
            case .put(let entry): try self.resolvePut(change, entry)
            case .delete(let recursive):
                try self.draft.delete(change.path, recursive: recursive, isLast: index == self.changes.count - 1)
                try self.add(change)
            case .move(let target):
                let source = try self.draft.checkMove(change.path, to: target)
                try self.addMissingParents(of: target)
                try self.draft.move(change.path, source, to: target, isLast: index == self.changes.count - 1)
                try self.add(change)
            }
        }
        try self.checkSize()
        do {
            return try ChangeSet(self.explicit)
        } catch {
            throw NamespaceError(.tooManyEntries, .root, error.message)
        }
    }

    private mutating func resolvePut(_ change: Change, _ given: Entry) throws(NamespaceError) {
        let present = try self.draft.checkPut(given, at: change.path)
        let entry: Entry
        do {
            entry = try EntryStamp.stripped(given)
        } catch {
            throw NamespaceError(.invalidEntry, change.path, "'\(change.path)': \(error.message)")
        }
        if let present, entry.isDirectory || EntryStamp.isSame(entry, as: present, at: change.path) { return }
        try self.addMissingParents(of: change.path)
        self.draft.set(change.path, entry, present: present, isUnstamped: true)
        try self.add(Change(path: change.path, precondition: change.precondition, action: .put(entry)))
    }

    /// Adds a put for every ancestor that is not there, the highest first.
    private mutating func addMissingParents(of path: NamespacePath) throws(NamespaceError) {
        for directory in try self.draft.missingParents(of: path) {
            self.draft.set(directory, .directory(), present: nil, isUnstamped: true)
            try self.add(Change(path: directory, action: .put(.directory())))
        }
    }

    private mutating func add(_ change: Change) throws(NamespaceError) {
        guard self.explicit.count < Limits.changesPerSetMax else {
            throw NamespaceError(
                .tooManyEntries,
                change.path,
                "the set has more than \(Limits.changesPerSetMax) changes with the parent directories that it needs; "
                    + "split it"
            )
        }
        self.explicit.append(change)
    }

    private func checkPrecondition(of change: Change) throws(NamespaceError) {
        if case .any = change.precondition { return }
        let present = self.draft[change.path]
        let isMet: Bool
        let expected: String
        switch change.precondition {
        case .any:
            return
        case .absent:
            guard let present else { return }
            throw NamespaceError(
                .alreadyExists,
                change.path,
                "'\(change.path)' was expected not to exist; \(Self.name(present)) is there"
            )
        case .entry(let hash):
            isMet = present?.hash(H.self) == hash && !self.draft.isUnstamped(change.path)
            expected = "the entry \(hash)"
        case .content(let address):
            isMet = present?.isDirectory == false && present?.content == address
            expected = "the content \(address)"
        }
        guard !isMet else { return }
        let found =
            self.draft.isUnstamped(change.path)
            ? "what an earlier change of the same set put there"
            : present.map { "\(Self.name($0)) with entry hash \($0.hash(H.self))" } ?? "nothing"
        throw NamespaceError(
            .conflict,
            change.path,
            "'\(change.path)' was expected to have \(expected); there is \(found)"
        )
    }

    private static func name(_ entry: Entry) -> String {
        entry.isDirectory ? "a directory" : "a file with content \(entry.content)"
    }

    /// Throws when the set does not fit into a log entry. Encodes it only when a generous estimate does not fit.
    private func checkSize() throws(NamespaceError) {
        let estimate = self.explicit.reduce(8) { $0 + Self.encodedBytesMax(of: $1) }
        guard estimate > Limits.logBodyBytesMax else { return }
        var writer = CanonicalWriter(reservingCapacity: estimate)
        for change in self.explicit { change.encode(into: &writer) }
        guard writer.count + 8 > Limits.logBodyBytesMax else { return }
        throw NamespaceError(
            .tooManyEntries,
            self.changes.first?.path ?? .root,
            "the set takes \(writer.count) bytes; at most \(Limits.logBodyBytesMax) are allowed in one, so split it"
        )
    }

    private static func encodedBytesMax(of change: Change) -> Int {
        let fixed = change.path.utf8.count + 40
        switch change.action {
        case .put(let entry):
            return entry.attributes.pairs.reduce(fixed + 80) { $0 + $1.key.utf8.count + $1.value.utf8.count + 4 }
        case .delete:
            return fixed
        case .move(let target):
            return fixed + target.utf8.count
        }
    }
}
