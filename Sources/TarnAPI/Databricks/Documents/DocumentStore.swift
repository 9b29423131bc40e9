internal import Hummingbird
internal import Logging
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// Documents of one workspace: one JSON file each, at `/meta/<kind>/<workspace>/<id>.json`, mirrored like everything
/// else.
struct DocumentStore: Sendable {
    /// A document, and the content that a change of it must find unchanged.
    struct Stored: Sendable {
        let id: String
        let value: JSONValue
        let content: BlobAddress
    }

    /// How often a change is tried again that somebody else's change came between.
    static let attemptsMax = 8

    let context: DatabricksContext
    let request: DatabricksRequest

    init(_ context: DatabricksContext, _ request: DatabricksRequest) {
        self.context = context
        self.request = request
    }

    // MARK: Places

    /// Where document `id` of `kind` stands; nil for an id that no document can have.
    func path(_ kind: String, _ id: String) -> NamespacePath? {
        guard !id.isEmpty, !id.utf8.contains(0x2f) else { return nil }
        return try? self.directory(kind).appending("\(id).json")
    }

    func directory(_ kind: String) throws(CoreError) -> NamespacePath {
        try NamespacePath("/meta/\(kind)/\(self.request.workspace.name)")
    }

    // MARK: Reading

    /// The document, or nil when there is none. Throws ``DatabricksError`` for one that cannot be read.
    func get(_ kind: String, _ id: String) async throws -> Stored? {
        guard let path = self.path(kind, id) else { return nil }
        return try await self.read(path, in: try await self.context.node.snapshot(at: nil))
    }

    /// What ``get(_:_:)`` gives, but nil for a document that cannot be read, too.
    func readable(_ kind: String, _ id: String) async throws -> Stored? {
        guard let path = self.path(kind, id) else { return nil }
        return try await self.readable(path, in: try await self.context.node.snapshot(at: nil))
    }

    /// The content that stands for document `id`, readable or not; nil when there is none.
    func content(_ kind: String, _ id: String) async throws -> BlobAddress? {
        guard let path = self.path(kind, id), let entry = try await self.context.node.snapshot(at: nil).tree[path],
            !entry.isDirectory
        else { return nil }
        return entry.content
    }

    /// The ids of all documents of `kind`, ascending.
    func ids(_ kind: String) async throws -> [String] {
        let snapshot = try await self.context.node.snapshot(at: nil)
        return snapshot.tree.children(of: try self.directory(kind), limit: Limits.documentsMax)
            .map(\.0.name)
            .filter { $0.hasSuffix(".json") }
            .map { String($0.dropLast(5)) }
    }

    /// Documents in the order of their ids. Lists leave out what cannot be read, and the log tells of it: one broken
    /// document must not hide the others.
    func list(_ kind: String) async throws -> [Stored] {
        let snapshot = try await self.context.node.snapshot(at: nil)
        let children = snapshot.tree.children(of: try self.directory(kind), limit: Limits.documentsMax)
        var documents: [Stored] = []
        documents.reserveCapacity(children.count)
        for (path, _) in children {
            if let document = try await self.readable(path, in: snapshot) { documents.append(document) }
        }
        return documents
    }

    /// Documents whose ids begin with `prefix`, in order, at most `limit`.
    func list(_ kind: String, prefix: String, limit: Int) async throws -> [Stored] {
        let snapshot = try await self.context.node.snapshot(at: nil)
        var documents: [Stored] = []
        for path in try self.paths(kind, prefix: prefix, limit: limit, in: snapshot) {
            if let document = try await self.readable(path, in: snapshot) { documents.append(document) }
        }
        return documents
    }

    /// Where documents stand whose ids begin with `prefix`, readable or not.
    func paths(_ kind: String, prefix: String, limit: Int) async throws -> [NamespacePath] {
        try self.paths(kind, prefix: prefix, limit: limit, in: try await self.context.node.snapshot(at: nil))
    }

    private func paths(
        _ kind: String,
        prefix: String,
        limit: Int,
        in snapshot: Snapshot
    ) throws -> [NamespacePath] {
        let directory = try self.directory(kind)
        let start = directory.descendantPrefix + Array(prefix.utf8)
        var paths: [NamespacePath] = []
        snapshot.tree.scan(from: start, below: directory.descendantEnd, limit: limit) { path, _ in
            guard path.utf8.starts(with: start) else { return false }
            paths.append(path)
            return true
        }
        return paths
    }

    /// The documents for which `isWanted` holds, in the order of their ids: a page of at most `limit`, and whether more
    /// follow.
    func page(
        _ kind: String,
        after: String?,
        limit: Int,
        where isWanted: (JSONValue) -> Bool = { _ in true }
    ) async throws -> (documents: [Stored], hasMore: Bool) {
        let snapshot = try await self.context.node.snapshot(at: nil)
        let directory = try self.directory(kind)
        var found: [Stored] = []
        var last = after.map { "\($0).json" }
        while true {
            let batch = snapshot.tree.children(of: directory, after: last, limit: limit + 1)
            for (path, _) in batch {
                guard let document = try await self.readable(path, in: snapshot), isWanted(document.value) else {
                    continue
                }
                if found.count == limit { return (found, true) }
                found.append(document)
            }
            guard batch.count == limit + 1, let end = batch.last else { return (found, false) }
            last = end.0.name
        }
    }

    private func read(_ path: NamespacePath, in snapshot: Snapshot) async throws -> Stored? {
        guard let entry = snapshot.tree[path] else { return nil }
        return try await self.read(path, entry)
    }

    /// The document that `entry` is at `path`; nil when it is none. Throws ``DatabricksError`` for one that cannot be
    /// read.
    func read(_ path: NamespacePath, _ entry: Entry) async throws -> Stored? {
        guard !entry.isDirectory, path.name.hasSuffix(".json") else { return nil }
        guard entry.size <= UInt64(Limits.documentBytesMax) else {
            throw Self.unreadable(path, "it has \(entry.size) bytes")
        }
        let bytes = try await self.context.content(of: entry, bytesMax: Limits.documentBytesMax)
        let value: JSONValue
        do {
            value = try DatabricksRequest.object(bytes)
        } catch {
            throw Self.unreadable(path, error.message)
        }
        return Stored(id: String(path.name.dropLast(5)), value: value, content: entry.content)
    }

    private func readable(_ path: NamespacePath, in snapshot: Snapshot) async throws -> Stored? {
        do {
            return try await self.read(path, in: snapshot)
        } catch let error as DatabricksError where error.code == Self.unreadableCode {
            self.request.base.logger.warning("a document was left out", metadata: ["document": "\(error.message)"])
            return nil
        }
    }

    private static let unreadableCode = "DATA_LOSS"

    private static func unreadable(_ path: NamespacePath, _ reason: String) -> DatabricksError {
        DatabricksError(500, self.unreadableCode, "\(path) cannot be read as a document: \(reason)")
    }

    // MARK: Writing

    /// Stores a new document under an id that the client or a name decides. Throws `conflict` when the id is taken.
    @discardableResult
    func create(_ kind: String, _ id: String, _ value: JSONValue) async throws -> CommitReceipt {
        try await self.commit([try await self.put(kind, id, value, if: .absent)])
    }

    /// Stores a document, whether or not there is one.
    @discardableResult
    func set(_ kind: String, _ id: String, _ value: JSONValue) async throws -> CommitReceipt {
        try await self.commit([try await self.put(kind, id, value, if: .any)])
    }

    /// Replaces a document by what `change` makes of it, again when somebody else changes it meanwhile. Nil when there
    /// is none.
    func update(
        _ kind: String,
        _ id: String,
        _ change: (JSONValue) throws -> JSONValue
    ) async throws -> JSONValue? {
        for attempt in 1... {
            guard let stored = try await self.get(kind, id) else { return nil }
            let value = try change(stored.value)
            do {
                try await self.commit([try await self.put(kind, id, value, if: .content(stored.content))])
                return value
            } catch let error as NodeError where error.code == .conflict {
                guard attempt < Self.attemptsMax else { throw error }
            }
        }
        return nil
    }

    /// Whether there was such a document, which is gone now.
    func delete(_ kind: String, _ id: String) async throws -> Bool {
        guard let path = self.path(kind, id), try await self.content(kind, id) != nil else { return false }
        do {
            try await self.commit([Change(path: path, action: .delete(recursive: false))])
            return true
        } catch let error as NodeError where error.code == .notFound {
            return false
        }
    }

    /// The change that puts a document, for a set of several. Throws ``DatabricksError`` for one that could not be read
    /// again: what clients send is nested less deeply than what it becomes a part of.
    func put(
        _ kind: String,
        _ id: String,
        _ value: JSONValue,
        if precondition: Change.Precondition
    ) async throws -> Change {
        guard let path = self.path(kind, id) else {
            throw DatabricksError.invalid("'\(id.prefix(200))' cannot be the id or name of a \(kind)")
        }
        let bytes = Array(value.json.utf8)
        guard bytes.count <= Limits.documentBytesMax else {
            throw DatabricksError(
                400,
                "MAX_REQUEST_SIZE_EXCEEDED",
                "the \(kind) has \(bytes.count) bytes; at most \(Limits.documentBytesMax) are stored"
            )
        }
        do {
            _ = try DatabricksRequest.object(bytes)
        } catch {
            throw DatabricksError.invalid("the \(kind) cannot be stored: \(error.message)")
        }
        return Change(path: path, precondition: precondition, action: .put(try await self.context.stage(bytes)))
    }

    @discardableResult
    func commit(_ changes: [Change]) async throws -> CommitReceipt {
        let receipt = try await self.context.commit(changes, for: self.request.base)
        return receipt
    }
}
