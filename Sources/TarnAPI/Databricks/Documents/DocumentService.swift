internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// What every service of stored documents does: create, get, list, change and delete documents of one shape.
struct DocumentService: Sendable {
    let context: DatabricksContext
    let shape: DocumentShape

    // MARK: Actions

    /// Stores what the body holds under a new id.
    func create(_ request: DatabricksRequest) async throws -> JSONValue {
        let store = DocumentStore(self.context, request)
        let sent = try self.sent(in: request)
        let id = try self.shape.idForm.make()
        let document = try self.shape.made(from: sent, id: id, by: request.userName)
        let made = try await store.create(self.shape.kind, id, document, unique: self.shape.uniqueMember)
        return self.shape.shown(made.value)
    }

    func get(_ id: String, _ request: DatabricksRequest) async throws -> JSONValue {
        guard let stored = try await DocumentStore(self.context, request).get(self.shape.kind, id) else {
            throw self.missing(id)
        }
        return self.shape.shown(stored.value)
    }

    /// One page of the list, or all of it for a service without pages.
    func list(_ request: DatabricksRequest) async throws -> JSONValue {
        let store = DocumentStore(self.context, request)
        var filters: [(String, String)] = []
        for name in self.shape.filters {
            if let value = try request.string(name), !value.isEmpty { filters.append((name, value)) }
        }
        let isWanted: (JSONValue) -> Bool = { document in
            filters.allSatisfy { document[$0]?.display == $1 }
        }
        guard let paging = self.shape.paging else {
            let found = try await store.list(self.shape.kind).filter { isWanted($0.value) }
            return .object([self.shape.listMember: .array(found.map { self.shape.listed($0.value) })])
        }
        // A size of 0 asks for the service's own.
        let size = try request.integer(paging.sizeParameter, in: 0...Int(Int32.max)) ?? 0
        let token = PageToken(list: "\(self.shape.kind) \(filters)")
        let page = try await store.page(
            self.shape.kind,
            after: try token.id(in: try request.string(paging.tokenParameter)),
            limit: size == 0 ? paging.sizeDefault : min(size, paging.sizeMax),
            where: isWanted
        )
        var answer: JSONValue = .object([
            self.shape.listMember: .array(page.documents.map { self.shape.listed($0.value) })
        ])
        if page.hasMore, let last = page.documents.last {
            answer[paging.tokenMember] = .string(token.text(after: last.id))
        }
        return answer
    }

    /// Replaces the members that the body names, or the whole document.
    func change(_ id: String, isWhole: Bool, _ request: DatabricksRequest) async throws -> JSONValue {
        let store = DocumentStore(self.context, request)
        let sent = try self.masked(try self.sent(in: request), request)
        let user = request.userName
        let changed = try await store.update(self.shape.kind, id, unique: self.shape.uniqueMember) { document in
            isWhole
                ? try self.shape.replaced(document, with: sent, by: user)
                : try self.shape.merged(document, with: sent, by: user)
        }
        guard let changed else { throw self.missing(id) }
        return self.shape.shown(changed)
    }

    func delete(_ id: String, _ request: DatabricksRequest) async throws {
        let store = DocumentStore(self.context, request)
        guard try await store.delete(self.shape.kind, id, unique: self.shape.uniqueMember) else {
            throw self.missing(id)
        }
    }

    func missing(_ id: String) -> DatabricksError {
        let error = self.shape.missing(id)
        return error.message.isEmpty ? .missing("\(self.shape.title) \(id) does not exist.") : error
    }

    // MARK: Bodies

    /// The document that the body is or holds.
    private func sent(in request: DatabricksRequest) throws(DatabricksError) -> JSONValue {
        guard let envelope = self.shape.envelope else { return request.body }
        guard let sent = request.body[envelope], case .object = sent else {
            throw .invalid("Missing required field: \(envelope)")
        }
        return sent
    }

    /// Without the members that `update_mask` leaves out; `*` and no mask leave out none.
    private func masked(_ sent: JSONValue, _ request: DatabricksRequest) throws(DatabricksError) -> JSONValue {
        guard let mask = try request.string("update_mask"), mask != "*", !mask.isEmpty,
            case .object(let members) = sent
        else { return sent.without("update_mask") }
        let names = Set(mask.split(separator: ",").map { $0.prefix { $0 != "." } })
        return .object(members.filter { names.contains($0.key[...]) })
    }
}

extension JSONValue {
    /// The same object without one member.
    func without(_ key: String) -> JSONValue {
        var copy = self
        copy[key] = nil
        return copy
    }
}
