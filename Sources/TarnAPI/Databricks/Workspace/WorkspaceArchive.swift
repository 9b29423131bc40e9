internal import TarnCore
internal import TarnMerkle
internal import TarnNode
internal import TarnNotebook

/// A folder's notebooks as one DBC archive. Files have no place in one and stay out.
struct WorkspaceArchive: Sendable {
    let context: DatabricksContext
    let request: DatabricksRequest

    func product(of path: NamespacePath, in snapshot: Snapshot, as format: WorkspaceFormat) async throws -> [UInt8] {
        let text = self.request.workspace.text(path)
        guard format == .notebook(.dbc) else {
            throw DatabricksError.invalid("Path (\(text)) is a folder; folders are exported in format DBC")
        }
        let below = snapshot.tree.descendants(of: path, limit: Limits.archiveObjectsMax + 1)
        guard below.count <= Limits.archiveObjectsMax else {
            throw DatabricksError.invalid(
                "Folder (\(text)) holds over \(Limits.archiveObjectsMax) objects; export its subfolders one by one"
            )
        }
        var items: [NotebookArchive.Item] = []
        var bytesCount: UInt64 = 0
        for object in below.map({ WorkspaceObject(path: $0, entry: $1) }) where object.kind == .notebook {
            bytesCount += object.entry.size
            guard bytesCount <= UInt64(Limits.archiveBytesMax) else {
                throw DatabricksError(
                    400,
                    "MAX_NOTEBOOK_SIZE_EXCEEDED",
                    "The notebooks of the folder have over \(Limits.archiveBytesMax) bytes; export its subfolders one by one",
                    reason: "MAX_NOTEBOOK_SIZE_EXCEEDED"
                )
            }
            let content = try await self.context.content(of: object.entry, bytesMax: Limits.workspaceObjectBytesMax)
            let name = String(decoding: object.path.utf8[path.descendantPrefix.count...], as: UTF8.self)
            items.append(NotebookArchive.Item(path: name, notebook: try StoredNotebook(object).notebook(content)))
        }
        do throws(NotebookError) {
            return try NotebookArchive.write(items, below: path.name)
        } catch {
            throw DatabricksError.invalid("Folder (\(text)) cannot be exported: \(error)")
        }
    }
}
