internal import Hummingbird
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

    private func directory(_ kind: String) throws(CoreError) -> NamespacePath {
        try NamespacePath("/meta/\(kind)/\(self.request.workspace.name)")
    }

    // MARK: Reading

    func get(_ kind: String, _ id: String) async throws -> Stored? {
        guard let path = self.path(kind, id) else { return nil }
        return try await self.read(path, in: try await self.context.node.snapshot(at: nil))
    }

    /// The ids of all documents of `kind`, ascending.
    func ids(_ kind: String) async throws -> [String] {
        let snapshot = try await self.context.node.snapshot(at: nil)
        return snapshot.tree.children(of: try self.directory(kind), limit: Limits.documentsMax)
            .map(\.0.name)
            .filter { $0.hasSuffix(".json") }
            .map { String($0.dropLast(5)) }
    }

    /// Documents in the order of their ids, behind the id `after`, at most `limit`.
    func list(_ kind: String, after: String? = nil, limit: Int = Limits.documentsMax) async throws -> [Stored] {
        let snapshot = try await self.context.node.snapshot(at: nil)
        let children = snapshot.tree.children(
            of: try self.directory(kind),
            after: after.map { "\($0).json" },
            limit: limit
        )
        var documents: [Stored] = []
        documents.reserveCapacity(children.count)
        for (path, _) in children {
            if let document = try await self.read(path, in: snapshot) { documents.append(document) }
        }
        return documents
    }

    /// Documents whose ids begin with `prefix`, in order, at most `limit`.
    func list(_ kind: String, prefix: String, limit: Int) async throws -> [Stored] {
        let snapshot = try await self.context.node.snapshot(at: nil)
        let directory = try self.directory(kind)
        let start = directory.descendantPrefix + Array(prefix.utf8)
        var documents: [Stored] = []
        var paths: [NamespacePath] = []
        snapshot.tree.scan(from: start, below: directory.descendantEnd, limit: limit) { path, _ in
            guard path.utf8.starts(with: start) else { return false }
            paths.append(path)
            return true
        }
        for path in paths {
            if let document = try await self.read(path, in: snapshot) { documents.append(document) }
        }
        return documents
    }

    /// The documents for which `isWanted` holds, in the order of their ids: a page of at most `limit`, and whether more
    /// follow.
    func page(
        _ kind: String,
        after: String?,
        limit: Int,
        where isWanted: (JSONValue) -> Bool = { _ in true }
    ) async throws -> (documents: [Stored], hasMore: Bool) {
        var found: [Stored] = []
        var last = after
        while true {
            let batch = try await self.list(kind, after: last, limit: limit + 1)
            for document in batch where isWanted(document.value) {
                if found.count == limit { return (found, true) }
                found.append(document)
            }
            guard batch.count == limit + 1, let end = batch.last else { return (found, false) }
            last = end.id
        }
    }

    private func read(_ path: NamespacePath, in snapshot: Snapshot) async throws -> Stored? {
        guard let entry = snapshot.tree[path], !entry.isDirectory, path.name.hasSuffix(".json") else { return nil }
        let bytes = try await self.context.content(of: entry, bytesMax: Limits.documentBytesMax)
        return Stored(
            id: String(path.name.dropLast(5)),
            value: try DatabricksRequest.object(bytes),
            content: entry.content
        )
    }

    // MARK: Writing

    /// Stores a new document. Throws `conflict` when the id is taken.
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
        guard let path = self.path(kind, id), try await self.get(kind, id) != nil else { return false }
        do {
            try await self.commit([Change(path: path, action: .delete(recursive: false))])
            return true
        } catch let error as NodeError where error.code == .notFound {
            return false
        }
    }

    /// The change that puts a document, for a set of several.
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
        return Change(path: path, precondition: precondition, action: .put(try await self.context.stage(bytes)))
    }

    @discardableResult
    func commit(_ changes: [Change]) async throws -> CommitReceipt {
        let receipt = try await self.context.commit(changes, for: self.request.base)
        return receipt
    }
}
