internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// `/api/2.0/dbfs/*`: files in blocks of base64, as the first of Databricks' file systems is spoken to.
struct DBFSService: Sendable {
    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        let prefix = "/api/2.0/dbfs"
        routes.get("\(prefix)/get-status", .named(.read)) { try await self.getStatus($0) }
        routes.get("\(prefix)/list", .named(.read)) { try await self.list($0) }
        routes.get("\(prefix)/read", .named(.read)) { try await self.read($0) }
        routes.write(.post, "\(prefix)/mkdirs", .named(.write)) { try await self.makeDirectories($0) }
        routes.write(.post, "\(prefix)/delete", .named(.write)) { try await self.delete($0) }
        routes.write(.post, "\(prefix)/move", .named(.write)) { try await self.move($0) }
        DBFSStreams(context: self.context).register(in: &routes)
    }

    // MARK: Reading

    static func missing(_ text: String) -> DatabricksError {
        .missing("No file or directory exists on path \(text).")
    }

    static func exists(_ text: String) -> DatabricksError {
        .exists("A file or directory already exists at the input path dbfs:\(text).")
    }

    private static func info(_ text: String, _ entry: Entry) -> JSONValue {
        [
            "path": .string(text), "is_dir": .boolean(entry.isDirectory), "file_size": .integer(entry.size),
            "modification_time": .integer((entry.attributes.modifiedAtNanoseconds ?? 0) / 1_000_000),
        ]
    }

    private func getStatus(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try tree.path(try request.requiredString("path"))
        let snapshot = try await self.context.node.snapshot(at: nil)
        guard let entry = tree.entry(path, in: snapshot) else { throw Self.missing(tree.paths.text(path)) }
        return Response(value: Self.info(tree.paths.text(path), entry)).stamped(snapshot)
    }

    /// A file lists itself.
    private func list(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try tree.path(try request.requiredString("path"))
        let snapshot = try await self.context.node.snapshot(at: nil)
        guard let entry = tree.entry(path, in: snapshot) else { throw Self.missing(tree.paths.text(path)) }
        let found = entry.isDirectory ? snapshot.tree.children(of: path, limit: Limits.documentsMax) : [(path, entry)]
        let files = found.map { Self.info(tree.paths.text($0.0), $0.1) }
        return Response(value: files.isEmpty ? [:] : ["files": .array(files)]).stamped(snapshot)
    }

    private func read(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try tree.path(try request.requiredString("path"))
        let offset = try request.integer("offset", in: 0...Int.max) ?? 0
        let length = try request.integer("length", in: 0...Int.max) ?? Limits.dbfsReadBytesDefault
        guard length <= Limits.dbfsBlockBytesMax else {
            throw DatabricksError(
                400,
                "MAX_READ_SIZE_EXCEEDED",
                "length \(length); at most \(Limits.dbfsBlockBytesMax) bytes are read at once"
            )
        }
        let snapshot = try await self.context.node.snapshot(at: nil)
        guard let entry = tree.entry(path, in: snapshot) else { throw Self.missing(tree.paths.text(path)) }
        guard !entry.isDirectory else {
            throw DatabricksError.invalid("Cannot read a directory: \(tree.paths.text(path))")
        }
        let start = min(UInt64(offset), entry.size)
        let end = min(start + UInt64(length), entry.size)
        let bytes = try await self.bytes(start..<end, of: entry)
        return Response(value: ["bytes_read": .integer(bytes.count), "data": .string(Base64.encode(bytes))])
            .stamped(snapshot)
    }

    private func bytes(_ range: Range<UInt64>, of entry: Entry) async throws -> [UInt8] {
        if range.isEmpty { return [] }
        guard entry.manifest != nil else {
            let content = try await self.context.node.blob(entry.content)
            guard range.upperBound <= UInt64(content.count) else {
                throw DatabricksError(500, "DATA_LOSS", "the stored content is shorter than its entry says")
            }
            return Array(content[Int(range.lowerBound)..<Int(range.upperBound)])
        }
        let manifest = try await self.context.node.manifest(of: entry)
        let chunkBytes = UInt64(Limits.chunkBytes)
        var out: [UInt8] = []
        var position = range.lowerBound
        while position < range.upperBound {
            let chunk = try await self.context.node.blob(manifest.chunks[Int(position / chunkBytes)])
            let start = Int(position % chunkBytes)
            let end = Int(min(UInt64(chunk.count), UInt64(start) + range.upperBound - position))
            guard start < end else { throw DatabricksError(500, "DATA_LOSS", "a stored chunk is too short") }
            out += chunk[start..<end]
            position += UInt64(end - start)
        }
        return out
    }

    // MARK: Writing

    private func makeDirectories(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try tree.path(try request.requiredString("path"))
        return Response.emptyObject.stamped(
            try await tree.makeDirectory(path) { Self.exists(tree.paths.text($0)) }
        )
    }

    private func delete(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try tree.path(try request.requiredString("path"))
        let isRecursive = try request.flag("recursive")
        guard path != tree.paths.root else { throw DatabricksError.invalid("The root of DBFS cannot be deleted") }
        let snapshot = try await self.context.node.snapshot(at: nil)
        guard let entry = snapshot.tree[path] else { throw Self.missing(tree.paths.text(path)) }
        let isEmpty = snapshot.tree.children(of: path, limit: 1).isEmpty
        guard !entry.isDirectory || isRecursive || isEmpty else {
            throw DatabricksError(
                400,
                "IO_ERROR",
                "Directory is not empty. Use recursive delete or remove contents first."
            )
        }
        return Response.emptyObject.stamped(
            try await tree.delete(path, isRecursive: isRecursive && entry.isDirectory)
        )
    }

    private func move(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let source = try tree.path(try request.requiredString("source_path"))
        let target = try tree.path(try request.requiredString("destination_path"))
        let snapshot = try await self.context.node.snapshot(at: nil)
        guard snapshot.tree[source] != nil else { throw Self.missing(tree.paths.text(source)) }
        guard snapshot.tree[target] == nil else { throw Self.exists(tree.paths.text(target)) }
        let change = Change(path: source, action: .move(to: target))
        do {
            return Response.emptyObject.stamped(try await self.context.commit([change], for: request.base))
        } catch let error as NodeError where error.code == .conflict {
            guard try await self.context.node.snapshot(at: nil).tree[target] != nil else { throw error }
            throw Self.exists(tree.paths.text(target))
        }
    }
}
