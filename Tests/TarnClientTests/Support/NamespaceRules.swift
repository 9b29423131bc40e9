import TarnCore
import TarnCrypto

/// The rules by which a change set applies, written down plainly.
enum NamespaceRules {
    /// Applies `set` all or nothing and drops changes that change nothing; an empty rest makes no op.
    static func commit(_ set: ChangeSet, to state: inout MemoryCluster.State) throws {
        var entries = state.states[state.states.count - 1]
        var kept: [Change] = []
        for change in set.changes where try self.apply(change, &entries) { kept.append(change) }
        guard !kept.isEmpty else { return }
        for change in kept {
            guard case .put(let entry) = change.action, !entry.isDirectory else { continue }
            let isPresent = entry.manifest.map { state.manifests[$0] != nil } ?? (state.blobs[entry.content] != nil)
            guard isPresent else { throw self.refusal(400, "\(change.path) names content that is not here") }
        }
        state.states.append(entries)
        state.sets.append(set)
    }

    /// Any value that follows from the entries serves as a root.
    static func root(_ entries: MemoryCluster.Entries) -> Digest {
        var writer = CanonicalWriter()
        for path in entries.keys.sorted() {
            writer.write(bytes: path.utf8)
            entries[path]?.encode(into: &writer)
        }
        return SHA256.digest(writer.bytes)
    }

    private static func apply(_ change: Change, _ entries: inout MemoryCluster.Entries) throws -> Bool {
        let old = entries[change.path]
        switch change.precondition {
        case .any: break
        case .absent: guard old == nil else { throw self.refusal(409, "\(change.path) exists") }
        case .content(let content):
            guard old?.content == content else { throw self.refusal(409, "\(change.path) has other content") }
        case .entry(let hash):
            guard old?.hash(SHA256.self) == hash else { throw self.refusal(409, "\(change.path) is another entry") }
        }
        switch change.action {
        case .put(let entry):
            guard self.differs(old, entry, at: change.path) else { return false }
            try self.makeParents(of: change.path, &entries)
            guard old == nil || old?.isDirectory == entry.isDirectory else {
                throw self.refusal(409, "\(change.path) is of another kind")
            }
            entries[change.path] = entry
        case .delete(let recursive):
            guard old != nil else { throw self.refusal(409, "\(change.path) is not there") }
            let below = entries.keys.filter { change.path.isAncestor(of: $0) }
            guard recursive || below.isEmpty else { throw self.refusal(409, "\(change.path) is not empty") }
            for path in below + [change.path] { entries[path] = nil }
        case .move(let target):
            guard old != nil, entries[target] == nil else { throw self.refusal(409, "cannot move \(change.path)") }
            try self.makeParents(of: target, &entries)
            for path in entries.keys where path == change.path || change.path.isAncestor(of: path) {
                entries[try path.replacing(prefix: change.path, with: target)] = entries.removeValue(forKey: path)
            }
        }
        return true
    }

    private static func differs(_ old: Entry?, _ new: Entry, at path: NamespacePath) -> Bool {
        guard let old else { return true }
        guard old.isDirectory == new.isDirectory, old.content == new.content else { return true }
        if new.isDirectory { return false }
        let isTimed = path.string.hasPrefix("/tables") || path.string.hasPrefix("/volumes")
        return isTimed && old.attributes.modifiedAtNanoseconds != new.attributes.modifiedAtNanoseconds
    }

    private static func makeParents(of path: NamespacePath, _ entries: inout MemoryCluster.Entries) throws {
        guard let parent = path.parent, parent != .root else { return }
        if let entry = entries[parent] {
            guard entry.isDirectory else { throw self.refusal(409, "\(parent) is a file") }
            return
        }
        try self.makeParents(of: parent, &entries)
        entries[parent] = .directory()
    }

    private static func refusal(_ status: Int, _ message: String) -> MemoryCluster.Refusal {
        MemoryCluster.Refusal(status: status, code: status == 409 ? "CONFLICT" : "INVALID_REQUEST", message: message)
    }
}
