import TarnCore
import TarnMerkle
import TarnTestKit
import Testing

/// Random change sets against the rules applied one change at a time to a dictionary.
@Suite struct NamespacePropertyTests {
    /// The rules in their simplest form. Entries are compared without what the system assigns.
    private struct RuleModel {
        var entries: [NamespacePath: Entry] = Dictionary(
            uniqueKeysWithValues: NamespacePath.roots.map { ($0, Entry.directory()) }
        )

        mutating func apply(_ change: Change) throws(NamespaceError) {
            let present = self.entries[change.path]
            func refuse(_ code: NamespaceError.Code) -> NamespaceError { NamespaceError(code, change.path, "") }
            switch change.precondition {
            case .any: break
            case .absent: if present != nil { throw refuse(.alreadyExists) }
            case .content(let address):
                if present?.isDirectory != false || present?.content != address { throw refuse(.conflict) }
            case .entry: throw refuse(.conflict)
            }
            switch change.action {
            case .put(let entry):
                if let present, present.isDirectory != entry.isDirectory {
                    if NamespacePath.roots.contains(change.path) { throw refuse(.protectedRoot) }
                    throw refuse(present.isDirectory ? .isADirectory : .notADirectory)
                }
                try self.addParents(of: change.path)
                if !(entry.isDirectory && present != nil) { self.entries[change.path] = entry }
            case .delete(let recursive):
                guard !NamespacePath.roots.contains(change.path) else { throw refuse(.protectedRoot) }
                guard present != nil else { throw refuse(.notFound) }
                let below = self.entries.keys.filter { change.path.isAncestor(of: $0) }
                guard recursive || below.isEmpty else { throw refuse(.directoryNotEmpty) }
                for path in below + [change.path] { self.entries[path] = nil }
            case .move(let target):
                guard !NamespacePath.roots.contains(change.path) else { throw refuse(.protectedRoot) }
                guard present != nil else { throw refuse(.notFound) }
                guard change.path != target, !change.path.isAncestor(of: target) else { throw refuse(.invalidMove) }
                guard self.entries[target] == nil else { throw refuse(.alreadyExists) }
                try self.addParents(of: target)
                for path in self.entries.keys.filter({ $0 == change.path || change.path.isAncestor(of: $0) }) {
                    let moved = NamespacePath(unchecked: target.utf8 + path.utf8[change.path.utf8.count...])
                    self.entries[moved] = self.entries.removeValue(forKey: path)
                }
            }
        }

        private mutating func addParents(of path: NamespacePath) throws(NamespaceError) {
            var next = path.parent
            while let directory = next, directory != .root {
                if let entry = self.entries[directory] {
                    guard entry.isDirectory else { throw NamespaceError(.notADirectory, directory, "") }
                } else {
                    self.entries[directory] = .directory()
                }
                next = directory.parent
            }
        }
    }

    /// What counts of an entry: everything but what the system assigns.
    private static func essence(_ entry: Entry) -> Entry {
        var attributes = entry.attributes
        for key in [Attributes.Key.objectID, Attributes.Key.createdAt, Attributes.Key.modifiedAt] {
            attributes[key] = nil
        }
        return entry.with(attributes: attributes)
    }

    @Test(arguments: 0..<16)
    func randomSetsAgreeWithTheModel(seed: Int) throws {
        var generator = NamespaceGenerator(seed: UInt64(seed), vocabularyCount: 2, depthMax: 3)
        var fixture = try NamespaceFixture()
        var replica = fixture.namespace
        var model = RuleModel()
        var known: [NamespacePath] = []
        for round in 0..<60 {
            let changes = (0..<generator.random.within(1...6)).map { _ in
                let isKnown = !known.isEmpty && generator.random.chance(percent: 60)
                return generator.change(at: isKnown ? generator.random.pick(known) : generator.path())
            }
            var next = model
            var expected: NamespaceError.Code?
            do {
                for change in changes { try next.apply(change) }
                model = next
            } catch {
                expected = error.code
            }
            let before = fixture.namespace.tree
            do {
                let set = try fixture.namespace.resolve(changes)
                let applied = try fixture.commit(changes)
                #expect(expected == nil, "seed \(seed), round \(round)")
                // Another node gives the same result, and the net effect is the difference of the trees.
                #expect(
                    try replica.apply(
                        set,
                        op: Op(fixture.op.number - 1),
                        timestampMicroseconds: fixture.timestampMicroseconds - 1
                    ) == applied
                )
                #expect(replica.tree.root == fixture.namespace.tree.root)
                let differences = applied.map { Difference(path: $0.path, old: $0.old, new: $0.new) }
                #expect(differences == Tree.diff(before, fixture.namespace.tree), "seed \(seed), round \(round)")
            } catch let error as NamespaceError {
                #expect(error.code == expected, "seed \(seed), round \(round): \(error)")
                #expect(fixture.namespace.tree.root == before.root)
            }
            known = model.entries.keys.sorted()
            let held = fixture.namespace.tree.descendants(of: .root)
            #expect(held.map(\.0) == known, "seed \(seed), round \(round)")
            for (path, entry) in held {
                let wanted = try #require(model.entries[path])
                #expect(Self.essence(entry) == Self.essence(wanted), "seed \(seed), round \(round), \(path)")
            }
            let identities = Set(held.map(\.1.attributes.objectID))
            #expect(identities.count == held.count && !identities.contains(nil), "seed \(seed), round \(round)")
        }
    }
}
