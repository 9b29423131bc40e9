internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// Writing to DBFS: a small file at once, or a stream of blocks behind a handle.
struct DBFSStreams: Sendable {
    private struct Stream: Sendable {
        let path: NamespacePath
        let isOverwriting: Bool
        let content: ChunkedContent
    }

    private static let streamsMax = 1_024
    private static let idleSecondsMax: UInt64 = 600

    let context: DatabricksContext
    private let streams = OpenUploads<Stream>(
        countMax: Self.streamsMax,
        ownerCountMax: Limits.openUploadsPerOwnerMax,
        idleSecondsMax: Self.idleSecondsMax
    )

    init(context: DatabricksContext) {
        self.context = context
    }

    func register(in routes: inout DatabricksRoutes) {
        let prefix = "/api/2.0/dbfs"
        routes.upload(.post, "\(prefix)/put") { try await self.put($0) }
        // The primary holds the stream; closing it is what orders something.
        routes.write(.post, "\(prefix)/create", .named(.write)) { try await self.create($0) }
        routes.write(.post, "\(prefix)/add-block", .named(.write), bodyBytesMax: Limits.dbfsBlockBodyBytesMax) {
            try await self.addBlock($0)
        }
        routes.write(.post, "\(prefix)/close", .named(.write)) { try await self.close($0) }
    }

    // MARK: At once

    /// JSON with base64, or a form with the bytes.
    private func put(_ request: DatabricksRequest) async throws -> Response {
        let body = try await request.base.body(max: Limits.importBodyBytesMax)
        var values = request
        let content: [UInt8]
        if let form = try MultipartForm(body, contentType: request.base.headers[.contentType]) {
            var members: [String: JSONValue] = [:]
            for name in ["path", "overwrite"] {
                if let text = form.string(name) { members[name] = .string(text) }
            }
            values = request.with(body: .object(members))
            guard let bytes = form.fields["file"] ?? form.fields["contents"] ?? form.fields["content"] else {
                throw DatabricksError.invalid("Missing required field: contents")
            }
            content = bytes
        } else {
            values = request.with(body: try DatabricksRequest.object(body))
            guard let bytes = Base64.decode(try values.string("contents") ?? "") else {
                throw DatabricksError.invalid("Field 'contents' is not base64")
            }
            content = bytes
        }
        let tree = try FileTree(self.context, values)
        let path = try tree.path(try values.requiredString("path"))
        let isOverwriting = try values.flag("overwrite")
        try await self.check(path, isOverwriting, tree)
        let entry = try await self.context.stage(content)
        return try await self.store(entry, at: path, isOverwriting, tree)
    }

    private func check(_ path: NamespacePath, _ isOverwriting: Bool, _ tree: FileTree) async throws {
        let snapshot = try await self.context.node.snapshot(at: nil)
        if let entry = tree.entry(path, in: snapshot), entry.isDirectory || !isOverwriting {
            throw DBFSService.exists(tree.paths.text(path))
        }
        if let parent = path.parent, let obstacle = tree.obstacle(to: parent, in: snapshot) {
            throw DBFSService.exists(tree.paths.text(obstacle))
        }
    }

    private func store(
        _ entry: Entry,
        at path: NamespacePath,
        _ isOverwriting: Bool,
        _ tree: FileTree
    ) async throws -> Response {
        guard let receipt = try await tree.put(entry, at: path, isOverwriting: isOverwriting) else {
            throw DBFSService.exists(tree.paths.text(path))
        }
        return Response.emptyObject.stamped(receipt)
    }

    // MARK: In blocks

    private func create(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try tree.path(try request.requiredString("path"))
        let isOverwriting = try request.flag("overwrite")
        try await self.check(path, isOverwriting, tree)
        let stream = Stream(
            path: path,
            isOverwriting: isOverwriting,
            content: ChunkedContent(node: self.context.node, budget: self.context.openUploads)
        )
        let handle = try self.streams.open(stream, owner: request.userName)
        return Response(value: ["handle": .integer(handle)])
    }

    private func stream(_ request: DatabricksRequest) throws -> (UInt64, Stream) {
        let text = try request.requiredString("handle")
        guard let handle = UInt64(text), let stream = self.streams[handle, request.userName] else {
            throw DatabricksError.missing(
                "The handle \(text) is not open here; it was closed, or the datacentre that opened it no longer leads. "
                    + "Create the file again"
            )
        }
        return (handle, stream)
    }

    private func addBlock(_ request: DatabricksRequest) async throws -> Response {
        let (_, stream) = try self.stream(request)
        guard let block = Base64.decode(try request.string("data") ?? "") else {
            throw DatabricksError.invalid("Field 'data' is not base64")
        }
        guard block.count <= Limits.dbfsBlockBytesMax else {
            throw DatabricksError(
                400,
                "MAX_BLOCK_SIZE_EXCEEDED",
                "A block has at most \(Limits.dbfsBlockBytesMax) bytes, not \(block.count)"
            )
        }
        try await stream.content.append(block)
        return .emptyObject
    }

    /// Ends the stream. The handle outlives an answer that says to ask again.
    private func close(_ request: DatabricksRequest) async throws -> Response {
        let (handle, stream) = try self.stream(request)
        let tree = try FileTree(self.context, request)
        do {
            let entry = try await stream.content.finish()
            let response = try await self.store(entry, at: stream.path, stream.isOverwriting, tree)
            self.streams.close(handle)
            return response
        } catch let error as NodeError where error.code == .unavailable || error.code == .unknownOutcome {
            throw error
        } catch {
            self.streams.close(handle)
            throw error
        }
    }
}
