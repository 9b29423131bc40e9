internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// Puts new objects into a workspace, with the refusals that clients know.
struct WorkspaceWriter: Sendable {
    let context: DatabricksContext
    let request: DatabricksRequest

    /// Puts all of `objects` at once, or none. They are the one that `path` names, named with or without an extension,
    /// or all that a new folder there is to hold.
    func write(_ objects: [NewObject], at path: NamespacePath, isOverwriting: Bool) async throws -> CommitReceipt {
        let snapshot = try await self.context.node.snapshot(at: nil)
        let isFolder = objects.contains { path.isAncestor(of: $0.path) } || objects.isEmpty
        if isFolder {
            // Only what is new can be made of an archive: a folder is not replaced.
            try self.check(.file(path, []), isOverwriting: false, in: snapshot)
            if objects.isEmpty {
                return try await self.context.commit(
                    [Change(path: path, precondition: .absent, action: .put(.directory()))],
                    for: self.request.base
                )
            }
        } else {
            for object in objects { try self.check(object, isOverwriting: isOverwriting, in: snapshot) }
        }
        var changes: [Change] = []
        for object in objects {
            let entry = try await self.context.stage(object.content, attributes: Attributes(object.attributes))
            changes.append(
                Change(path: object.path, precondition: isOverwriting ? .any : .absent, action: .put(entry))
            )
        }
        do {
            return try await self.context.commit(changes, for: self.request.base)
        } catch let error as NodeError where error.code == .conflict {
            // Somebody was faster: the state has changed since the check, and says what is in the way.
            let snapshot = try await self.context.node.snapshot(at: nil)
            for object in objects { try self.check(object, isOverwriting: isOverwriting, in: snapshot) }
            throw error
        }
    }

    /// Throws ``DatabricksError`` when `object` cannot be put into the state `snapshot`.
    func check(_ object: NewObject, isOverwriting: Bool, in snapshot: Snapshot) throws {
        let workspace = self.request.workspace
        let text = workspace.text(object.path)
        guard object.path != workspace.root, let parent = object.path.parent else {
            throw DatabricksError.invalid("Path (\(text)) is the root folder and cannot be replaced")
        }
        try self.checkParent(parent, in: snapshot)
        guard let entry = snapshot.tree[object.path] else { return }
        let kind = WorkspaceObject(path: object.path, entry: entry).kind
        guard isOverwriting else { throw DatabricksError.exists("Path (\(text)) already exists.") }
        let isSameKind = kind == (object.isNotebook ? .notebook : .file)
        guard isSameKind else {
            throw DatabricksError.invalid(
                "Path (\(text)) is a \(kind.rawValue); it cannot be overwritten with a "
                    + (object.isNotebook ? "NOTEBOOK" : "FILE")
            )
        }
    }

    private func checkParent(_ parent: NamespacePath, in snapshot: Snapshot) throws {
        let workspace = self.request.workspace
        if let entry = snapshot.tree[parent] {
            guard entry.isDirectory else {
                throw DatabricksError.invalid("Path (\(workspace.text(parent))) is not a folder")
            }
            return
        }
        guard parent == workspace.root || workspace.isMadeOnDemand(parent, for: self.request.userName) else {
            throw DatabricksError.missing("The parent folder (\(workspace.text(parent))) does not exist.")
        }
    }
}
