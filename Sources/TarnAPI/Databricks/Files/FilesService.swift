internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// `/api/2.0/fs/files` and `/api/2.0/fs/directories`: the files of volumes by their bytes, with ranges.
struct FilesService: Sendable {
    private static let pageSizeMax = 1_000

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        let files = "/api/2.0/fs/files/**"
        routes.get(files, .named(.read)) { try await self.download($0) }
        routes.upload(.put, files) { try await self.upload($0) }
        routes.write(.delete, files, .named(.write)) { try await self.deleteFile($0) }
        let directories = "/api/2.0/fs/directories/**"
        routes.get(directories, .named(.read)) { try await self.list($0) }
        routes.write(.put, directories, .named(.write)) { try await self.makeDirectory($0) }
        routes.write(.delete, directories, .named(.write)) { try await self.deleteDirectory($0) }
        PartUploads(context: self.context).register(in: &routes)
    }

    // MARK: Paths and refusals

    static func path(_ request: DatabricksRequest, _ tree: FileTree) throws -> NamespacePath {
        let text = "/" + (request.segments.last ?? "")
        guard text.drop(while: { $0 == "/" }).hasPrefix("Volumes/") else {
            throw DatabricksError.invalid("Path (\(text.prefix(200))) must begin with /Volumes/")
        }
        return try tree.path(text)
    }

    private static func missing(_ kind: String, _ text: String) -> DatabricksError {
        DatabricksError(404, "NOT_FOUND", "The \(kind) being accessed is not found: \(text)")
    }

    static func exists(_ text: String) -> DatabricksError {
        DatabricksError(409, "ALREADY_EXISTS", "The file being created already exists: \(text)")
    }

    // MARK: Files

    private func download(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try Self.path(request, tree)
        let snapshot = try await self.context.node.snapshot(at: nil)
        guard let entry = snapshot.tree[path], !entry.isDirectory else {
            throw Self.missing("file", tree.paths.text(path))
        }
        let modifiedAt = (entry.attributes.modifiedAtNanoseconds ?? 0) / 1_000
        if let text = request.base.headers[.ifUnmodifiedSince], let seconds = HTTPDate.seconds(text),
            modifiedAt / 1_000_000 > seconds
        {
            throw DatabricksError(412, "PRECONDITION_FAILED", "The file was changed after \(text)")
        }
        var headers: HTTPFields = [
            .contentType: "application/octet-stream", .acceptRanges: "bytes", .eTag: EntityTags.text(entry.content),
            .lastModified: HTTPDate.text(microseconds: modifiedAt),
        ]
        var range = 0..<entry.size
        var status = HTTPResponse.Status.ok
        // Who goes on with a download of other content must get all of this one.
        let isRangeWanted =
            request.base.headers[.ifRange].map { EntityTags($0)?.match(entry.content) == true } ?? true
        switch isRangeWanted ? ByteRange(request.base.headers[.range], size: entry.size) : .whole {
        case .whole: break
        case .part(let part):
            range = part
            status = .partialContent
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(entry.size)"
        case .unsatisfiable:
            var error = DatabricksError(416, "INVALID_PARAMETER_VALUE", "The file has \(entry.size) bytes")
            error.headers["Content-Range"] = "bytes */\(entry.size)"
            throw error
        }
        guard request.base.method != .head else {
            headers[.contentLength] = String(range.count)
            return Response(status: status, headers: headers).stamped(snapshot)
        }
        let body = try await ContentStream(node: self.context.node, entry: entry)
            .body(range, permit: request.base.permit)
        return Response(status: status, headers: headers, body: body).stamped(snapshot)
    }

    private func upload(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try Self.path(request, tree)
        // Without the parameter a file is replaced only where there is none.
        let isOverwriting = try request.flag("overwrite")
        try await Self.check(path, isOverwriting, tree)
        let upload = ContentUpload(node: self.context.node, path: path, recognisesNotebooks: false)
        let entry = try await upload.entry(of: request.base, attributes: Attributes())
        guard let receipt = try await tree.put(entry, at: path, isOverwriting: isOverwriting) else {
            throw Self.exists(tree.paths.text(path))
        }
        return Response(status: .noContent).stamped(receipt)
    }

    /// Refuses an upload that cannot succeed before its bytes are sent.
    static func check(_ path: NamespacePath, _ isOverwriting: Bool, _ tree: FileTree) async throws {
        let snapshot = try await tree.context.node.snapshot(at: nil)
        if let entry = snapshot.tree[path] {
            if entry.isDirectory {
                throw DatabricksError.invalid("A directory is at the path: \(tree.paths.text(path))")
            }
            if !isOverwriting { throw Self.exists(tree.paths.text(path)) }
        } else if let parent = path.parent, let obstacle = tree.obstacle(to: parent, in: snapshot) {
            throw DatabricksError.invalid("A file is where a directory is needed: \(tree.paths.text(obstacle))")
        }
    }

    private func deleteFile(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try Self.path(request, tree)
        guard let entry = try await self.context.node.snapshot(at: nil).tree[path], !entry.isDirectory else {
            throw Self.missing("file", tree.paths.text(path))
        }
        return Response(status: .noContent).stamped(try await tree.delete(path, isRecursive: false))
    }

    // MARK: Directories

    private func list(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try Self.path(request, tree)
        let snapshot = try await self.context.node.snapshot(at: nil)
        guard let entry = snapshot.tree[path], entry.isDirectory else {
            throw Self.missing("directory", tree.paths.text(path))
        }
        if request.base.method == .head { return Response(status: .ok).stamped(snapshot) }
        let size = try request.integer("page_size", in: 0...Int(Int32.max)) ?? 0
        let limit = size == 0 ? Self.pageSizeMax : min(size, Self.pageSizeMax)
        let token = PageToken(list: "directory \(path)")
        let after = try token.id(in: try request.string("page_token"))
        var children = snapshot.tree.children(of: path, after: after, limit: limit + 1)
        let hasMore = children.count > limit
        if hasMore { children.removeLast() }
        var answer: JSONValue =
            children.isEmpty
            ? [:]
            : [
                "contents": .array(children.map { Self.info($0.0, $0.1, tree) })
            ]
        if hasMore, let last = children.last { answer["next_page_token"] = .string(token.text(after: last.0.name)) }
        return Response(value: answer).stamped(snapshot)
    }

    private static func info(_ path: NamespacePath, _ entry: Entry, _ tree: FileTree) -> JSONValue {
        [
            "path": .string(tree.paths.text(path)), "name": .string(path.name),
            "is_directory": .boolean(entry.isDirectory), "file_size": .integer(entry.size),
            "last_modified": .integer((entry.attributes.modifiedAtNanoseconds ?? 0) / 1_000_000),
        ]
    }

    private func makeDirectory(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try Self.path(request, tree)
        let receipt = try await tree.makeDirectory(path) { obstacle in
            DatabricksError(409, "ALREADY_EXISTS", "A file is at the path: \(tree.paths.text(obstacle))")
        }
        return Response(status: .noContent).stamped(receipt)
    }

    private func deleteDirectory(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try Self.path(request, tree)
        let snapshot = try await self.context.node.snapshot(at: nil)
        guard let entry = snapshot.tree[path], entry.isDirectory else {
            throw Self.missing("directory", tree.paths.text(path))
        }
        guard snapshot.tree.children(of: path, limit: 1).isEmpty else {
            throw DatabricksError(400, "DIRECTORY_NOT_EMPTY", "The directory is not empty: \(tree.paths.text(path))")
        }
        return Response(status: .noContent).stamped(try await tree.delete(path, isRecursive: false))
    }
}
