internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// `/api/2.0/repos/*`: Git folders. The folder and what it is connected to are stored; fetching and checking out is for
/// the workspace that is mirrored.
struct ReposService: Sendable {
    private static let kind = "repo"
    private static let pageCount = 100

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        let prefix = "/api/2.0/repos"
        routes.write(.post, prefix) { try await self.create($0) }
        routes.get(prefix) { try await self.list($0) }
        routes.get("\(prefix)/{}") { Response(value: try await self.repo($0)) }
        routes.write(.patch, "\(prefix)/{}") { request in
            let changed = try await DocumentStore(self.context, request).update(Self.kind, request.id) { repo in
                var repo = repo
                for member in ["branch", "tag", "sparse_checkout"] {
                    if let value = request.body[member] { repo[member] = value }
                }
                return repo
            }
            if changed == nil { throw Self.missing(request.id) }
            return .emptyObject
        }
        routes.write(.delete, "\(prefix)/{}") { try await self.delete($0) }
    }

    private static func missing(_ id: String) -> DatabricksError { .missing("Repo \(id) could not be found.") }

    private func repo(_ request: DatabricksRequest) async throws -> JSONValue {
        guard let stored = try await DocumentStore(self.context, request).get(Self.kind, request.id) else {
            throw Self.missing(request.id)
        }
        return stored.value
    }

    private func create(_ request: DatabricksRequest) async throws -> Response {
        let url = try request.requiredString("url")
        let provider = try request.requiredString("provider")
        let name = url.split(separator: "/").last.map { $0.hasSuffix(".git") ? $0.dropLast(4) : $0 } ?? "repo"
        let text = try request.string("path") ?? "/Repos/\(request.userName)/\(name)"
        let path = try request.permitted(try request.workspace.path(text))
        let id = try DocumentID.number.make()
        var repo: JSONValue = [
            "id": .number(id), "url": .string(url), "provider": .string(provider),
            "path": .string(request.workspace.text(path)), "branch": request.body["branch"] ?? "main",
        ]
        if let sparse = request.body["sparse_checkout"] { repo["sparse_checkout"] = sparse }
        var attributes = Attributes()
        attributes[Attributes.Key.kind] = WorkspaceObject.KindAttribute.repo
        let store = DocumentStore(self.context, request)
        let changes = [
            Change(path: path, precondition: .absent, action: .put(.directory(attributes))),
            try await store.put(Self.kind, id, repo, if: .absent),
        ]
        do {
            let made = try await store.creating(Self.kind, repo) { try await store.commit(changes) }
            return Response(value: made.value).stamped(made.receipt)
        } catch let error as NodeError where error.code == .conflict {
            guard try await self.context.node.snapshot(at: nil).tree[path] != nil else { throw error }
            throw DatabricksError.exists("Path (\(request.workspace.text(path))) already exists.")
        }
    }

    /// Deletes the folder with what is in it.
    private func delete(_ request: DatabricksRequest) async throws -> Response {
        let repo = try await self.repo(request)
        let store = DocumentStore(self.context, request)
        var changes = [store.path(Self.kind, request.id)].compactMap(\.self)
            .map { Change(path: $0, action: .delete(recursive: false)) }
        if let text = repo["path"]?.string {
            let path = try request.permitted(try request.workspace.path(text))
            if try await self.context.node.snapshot(at: nil).tree[path] != nil {
                changes.append(Change(path: path, action: .delete(recursive: true)))
            }
        }
        return Response.emptyObject.stamped(try await store.commit(changes))
    }

    /// The token of this service's pages goes by the same name in both directions.
    private func list(_ request: DatabricksRequest) async throws -> Response {
        let prefix = try request.string("path_prefix") ?? ""
        let token = PageToken(list: "repos \(prefix)")
        let page = try await DocumentStore(self.context, request).page(
            Self.kind,
            after: try token.id(in: try request.string("next_page_token")),
            limit: Self.pageCount,
            where: { prefix.isEmpty || ($0["path"]?.string ?? "").hasPrefix(prefix) }
        )
        var answer: JSONValue = page.documents.isEmpty ? [:] : ["repos": .array(page.documents.map(\.value))]
        if page.hasMore, let last = page.documents.last {
            answer["next_page_token"] = .string(token.text(after: last.id))
        }
        return Response(value: answer)
    }
}
