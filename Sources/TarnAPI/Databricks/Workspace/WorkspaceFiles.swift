internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode
internal import TarnNotebook

/// `/api/2.0/workspace-files/*`: files by their bytes, as synchronising tools move them.
struct WorkspaceFiles: Sendable {
    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        routes.upload(.post, "/api/2.0/workspace-files/import-file/**") { try await self.importFile($0) }
        routes.get("/api/2.0/workspace-files/**", .named(.read)) { try await self.download($0) }
    }

    private func path(_ request: DatabricksRequest) throws -> NamespacePath {
        try request.permitted(try request.workspace.path("/" + (request.segments.last ?? "")))
    }

    /// A file, or a notebook when the bytes say so. Larger files than a notebook can be are stored as they arrive.
    private func importFile(_ request: DatabricksRequest) async throws -> Response {
        let path = try self.path(request)
        let isOverwriting = try request.flag("overwrite")
        try request.base.checkAnnouncedLength(max: Limits.workspaceFileBytesMax)
        let writer = WorkspaceWriter(context: self.context, request: request)
        do {
            guard let length = request.base.announcedLength, length <= UInt64(Limits.workspaceObjectBytesMax) else {
                return try await self.importLargeFile(request, path, isOverwriting, writer)
            }
            let order = ImportOrder(
                path: path,
                content: try await request.base.body(max: Limits.workspaceObjectBytesMax),
                format: .auto,
                isOverwriting: isOverwriting
            )
            return Response.emptyObject.stamped(
                try await writer.write(try order.objects(), at: path, isOverwriting: isOverwriting)
            )
        } catch let error as DatabricksError where error.code == "RESOURCE_ALREADY_EXISTS" {
            throw try await self.sharpened(error, path)
        }
    }

    private func importLargeFile(
        _ request: DatabricksRequest,
        _ path: NamespacePath,
        _ isOverwriting: Bool,
        _ writer: WorkspaceWriter
    ) async throws -> Response {
        let snapshot = try await self.context.node.snapshot(at: nil)
        try writer.check(.file(path, []), isOverwriting: isOverwriting, in: snapshot)
        let upload = ContentUpload(
            node: self.context.node,
            path: path,
            bytesMax: Limits.workspaceFileBytesMax,
            recognisesNotebooks: false
        )
        let entry = try await upload.entry(of: request.base, attributes: Attributes())
        let change = Change(path: path, precondition: isOverwriting ? .any : .absent, action: .put(entry))
        return Response.emptyObject.stamped(try await self.context.commit([change], for: request.base))
    }

    /// Tools tell a file in the way (409) from a notebook (400).
    private func sharpened(_ error: DatabricksError, _ path: NamespacePath) async throws -> DatabricksError {
        let tree = try await self.context.node.snapshot(at: nil).tree
        guard let entry = tree[path], WorkspaceObject(path: path, entry: entry).kind == .file else { return error }
        return DatabricksError(409, "RESOURCE_ALREADY_EXISTS", error.message)
    }

    private func download(_ request: DatabricksRequest) async throws -> Response {
        let path = try self.path(request)
        let snapshot = try await self.context.node.snapshot(at: nil)
        guard let entry = snapshot.tree[path] else { throw WorkspaceService.missing(path, request) }
        guard !entry.isDirectory else {
            throw DatabricksError.invalid("Path (\(request.workspace.text(path))) is a folder")
        }
        let body = try await ContentStream(node: self.context.node, entry: entry)
            .body(0..<entry.size, permit: request.base.permit)
        return Response(status: .ok, headers: [.contentType: "application/octet-stream"], body: body)
            .stamped(snapshot)
    }
}
