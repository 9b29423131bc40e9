internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode
internal import TarnNotebook

/// `GET /api/2.0/workspace/export`: a notebook in any format, or the bytes of a file.
struct WorkspaceExport: Sendable {
    let context: DatabricksContext

    /// What leaves the node, and the extension that a file of it is given.
    private struct Product {
        let content: [UInt8]
        let fileExtension: String
    }

    func register(in routes: inout DatabricksRoutes) {
        routes.get("/api/2.0/workspace/export", .named(.read)) { try await self.export($0) }
    }

    private func export(_ request: DatabricksRequest) async throws -> Response {
        let path = try request.workspacePath()
        let format = try WorkspaceFormat(try request.string("format"))
        let isDownload = try request.flag("direct_download")
        let snapshot = try await self.context.node.snapshot(at: nil)
        guard let entry = snapshot.tree[path] else { throw WorkspaceService.missing(path, request) }
        let object = WorkspaceObject(path: path, entry: entry)
        switch object.kind {
        case .directory, .repo:
            let archive = try await WorkspaceArchive(context: self.context, request: request)
                .product(of: path, in: snapshot, as: format)
            return try self.answer(
                Product(content: archive, fileExtension: "dbc"),
                isDownload
            )
            .stamped(snapshot)
        case .notebook:
            return try self.answer(try await self.product(of: object, as: format), isDownload).stamped(snapshot)
        case .file, .dashboard:
            guard format == .auto || format == .raw || format == .notebook(.source) else {
                throw DatabricksError.invalid(
                    "Path (\(request.workspace.text(path))) is a file; it is exported in format AUTO, RAW or SOURCE"
                )
            }
            if isDownload { return try await self.download(entry, request.base).stamped(snapshot) }
            let content = try await self.content(of: entry)
            return try self.answer(Product(content: content, fileExtension: Self.fileExtension(of: path)), false)
                .stamped(snapshot)
        }
    }

    // MARK: Products

    private func product(of object: WorkspaceObject, as format: WorkspaceFormat) async throws -> Product {
        let notebook = try StoredNotebook(object)
        let target: NotebookFormat =
            switch format {
            case .auto, .raw: notebook.format
            case .notebook(let format): format
            }
        let content = try await self.content(of: object.entry)
        return Product(
            content: try notebook.content(content, as: target),
            fileExtension: target.fileExtension(notebook.language)
        )
    }

    private func content(of entry: Entry) async throws -> [UInt8] {
        guard entry.size <= UInt64(Limits.workspaceObjectBytesMax) else {
            throw DatabricksError(
                400,
                "MAX_READ_SIZE_EXCEEDED",
                "The content has \(entry.size) bytes, exceeded max size (\(Limits.workspaceObjectBytesMax) bytes)",
                reason: "MAX_READ_SIZE_EXCEEDED"
            )
        }
        return try await self.context.content(of: entry, bytesMax: Limits.workspaceObjectBytesMax)
    }

    // MARK: Answers

    private func answer(_ product: Product, _ isDownload: Bool) throws -> Response {
        guard product.content.count <= Limits.workspaceObjectBytesMax else {
            throw DatabricksError(
                400,
                "MAX_NOTEBOOK_SIZE_EXCEEDED",
                "The export has \(product.content.count) bytes, exceeded max size (\(Limits.workspaceObjectBytesMax) bytes)",
                reason: "MAX_NOTEBOOK_SIZE_EXCEEDED"
            )
        }
        if isDownload { return Response(bytes: product.content) }
        var writer = JSONWriter(reservingCapacity: product.content.count / 3 * 4 + 64)
        writer.beginObject()
        writer.key("content")
        writer.string(Base64.encode(product.content))
        writer.key("file_type")
        writer.string(product.fileExtension)
        writer.endObject()
        return Response(json: writer)
    }

    /// A file of any size, streamed.
    private func download(_ entry: Entry, _ request: APIRequest) async throws -> Response {
        let body = try await ContentStream(node: self.context.node, entry: entry)
            .body(0..<entry.size, permit: request.permit)
        return Response(status: .ok, headers: [.contentType: "application/octet-stream"], body: body)
    }

    private static func fileExtension(of path: NamespacePath) -> String {
        let name = path.name
        guard let point = name.lastIndex(of: "."), point != name.startIndex else { return "" }
        return String(name[name.index(after: point)...])
    }
}
