internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// `/api/2.0/workspace/*` and `/api/2.0/workspace-files/*`: the tree of a workspace, its notebooks and files.
struct WorkspaceService: Sendable {
    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        routes.get("/api/2.0/workspace/list", .named(.read)) { try await self.list($0) }
        routes.get("/api/2.0/workspace/get-status", .named(.read)) { try await self.getStatus($0) }
        routes.write(.post, "/api/2.0/workspace/mkdirs", .named(.write)) { try await self.makeDirectories($0) }
        routes.write(.post, "/api/2.0/workspace/delete", .named(.write)) { try await self.delete($0) }
        WorkspaceExport(context: self.context).register(in: &routes)
        WorkspaceImport(context: self.context).register(in: &routes)
        WorkspaceFiles(context: self.context).register(in: &routes)
    }

    // MARK: Reading

    private func list(_ request: DatabricksRequest) async throws -> Response {
        let path = try request.workspacePath()
        let after = try request.integer("notebooks_modified_after", in: 0...Int.max)
        let snapshot = try await self.context.node.snapshot(at: nil)
        let entry = snapshot.tree[path]
        guard entry != nil || request.workspace.isMadeOnDemand(path, for: request.userName) else {
            throw Self.missing(path, request)
        }
        let isFolder = entry?.isDirectory ?? true
        var listing = WorkspaceListing(of: isFolder ? path : path.parent ?? path, in: request.workspace)
        func take(_ name: UnsafeRawBufferPointer, _ entry: EntrySummary) {
            if let after, entry.kind == WorkspaceObject.KindAttribute.notebook,
                entry.modifiedAtNanoseconds / 1_000_000 < UInt64(after)
            {
                return
            }
            listing.append(name: name, entry)
        }
        if let entry, !isFolder {
            // Of what is no folder, that object alone.
            Array(path.name.utf8).withUnsafeBytes { take($0, EntrySummary(entry)) }
        } else if entry != nil {
            snapshot.tree.forEachChild(of: path, take)
        }
        listing.finish()
        return Response(json: listing.bytes).stamped(snapshot)
    }

    private func getStatus(_ request: DatabricksRequest) async throws -> Response {
        let path = try request.workspacePath()
        let hasExportFormat = try request.flag("return_export_info")
        let snapshot = try await self.context.node.snapshot(at: nil)
        let entry = snapshot.tree[path] ?? (path == request.workspace.root ? .directory() : nil)
        guard let entry else { throw Self.missing(path, request) }
        var writer = JSONWriter(reservingCapacity: 320)
        WorkspaceObject(path: path, entry: entry).write(
            to: &writer,
            in: request.workspace,
            hasExportFormat: hasExportFormat
        )
        return Response(json: writer).stamped(snapshot)
    }

    // MARK: Writing

    private func makeDirectories(_ request: DatabricksRequest) async throws -> Response {
        let path = try request.workspacePath()
        try await self.checkNoFile(at: path, request)
        let change = Change(path: path, action: .put(.directory()))
        do {
            return Response.emptyObject.stamped(try await self.context.commit([change], for: request.base))
        } catch let error as NodeError where error.code == .conflict {
            // Somebody was faster and put a file there.
            try await self.checkNoFile(at: path, request)
            throw error
        }
    }

    /// Throws ``DatabricksError`` when `path` or a folder above it is a file or a notebook.
    private func checkNoFile(at path: NamespacePath, _ request: DatabricksRequest) async throws {
        let snapshot = try await self.context.node.snapshot(at: nil)
        var ancestor: NamespacePath? = path
        while let place = ancestor, place != .workspace {
            if let entry = snapshot.tree[place], !entry.isDirectory {
                throw DatabricksError.exists(
                    "Path (\(request.workspace.text(place))) already exists and it is not a folder"
                )
            }
            ancestor = place.parent
        }
    }

    private func delete(_ request: DatabricksRequest) async throws -> Response {
        let path = try request.workspacePath()
        let isRecursive = try request.flag("recursive")
        let snapshot = try await self.context.node.snapshot(at: nil)
        guard path != request.workspace.root else {
            throw DatabricksError.invalid("The root folder of a workspace cannot be deleted")
        }
        guard let entry = snapshot.tree[path] else { throw Self.missing(path, request) }
        if entry.isDirectory, !isRecursive, !snapshot.tree.children(of: path, limit: 1).isEmpty {
            throw Self.notEmpty(path, request)
        }
        let change = Change(path: path, action: .delete(recursive: isRecursive && entry.isDirectory))
        do {
            return Response.emptyObject.stamped(try await self.context.commit([change], for: request.base))
        } catch let error as NodeError where error.code == .conflict {
            throw Self.notEmpty(path, request)
        } catch let error as NodeError where error.code == .notFound {
            throw Self.missing(path, request)
        }
    }

    // MARK: Refusals

    static func missing(_ path: NamespacePath, _ request: DatabricksRequest) -> DatabricksError {
        .missing("Path (\(request.workspace.text(path))) doesn't exist.")
    }

    private static func notEmpty(_ path: NamespacePath, _ request: DatabricksRequest) -> DatabricksError {
        DatabricksError(400, "DIRECTORY_NOT_EMPTY", "Folder (\(request.workspace.text(path))) is not empty")
    }
}
