internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// `/api/2.0/preview/scim/v2/*`: users, groups and service principals of the mirrored workspace, and who the bearer is.
struct ScimService: Sendable {
    private static let prefix = "/api/2.0/preview/scim/v2"
    private static let countMax = 10_000

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        routes.get("\(Self.prefix)/Me", .named(.read)) { request in
            Response(value: try await self.bearer(request))
        }
        for kind in ScimKind.all {
            let collection = "\(Self.prefix)/\(kind.route)"
            routes.get(collection) { try await self.list(kind, $0) }
            routes.write(.post, collection, .whole(.admin)) { try await self.create(kind, $0) }
            routes.get("\(collection)/{}") { request in
                guard let found = try await self.resource(kind, request) else { throw kind.missing(request.id) }
                return Response(value: found)
            }
            routes.write(.put, "\(collection)/{}", .whole(.admin)) { request in
                let sent = request.body
                return Response(value: try await self.change(kind, request) { kind.replaced($0, with: sent) })
            }
            routes.write(.patch, "\(collection)/{}", .whole(.admin)) { request in
                let operations = request.body["Operations"]?.items ?? []
                return Response(value: try await self.change(kind, request) { try ScimPatch.apply(operations, to: $0) })
            }
            routes.write(.delete, "\(collection)/{}", .whole(.admin)) { request in
                let store = DocumentStore(self.context, request)
                guard try await store.delete(kind.documentKind, request.id, unique: kind.unique) else {
                    throw kind.missing(request.id)
                }
                return Response(status: .noContent)
            }
        }
    }

    // MARK: The bearer

    /// The stored user or service principal that goes by the token's name, or else one that says no more than that.
    func bearer(_ request: DatabricksRequest) async throws -> JSONValue {
        let store = DocumentStore(self.context, request)
        for kind in [ScimKind.users, .servicePrincipals] {
            let known = try await store.list(kind.documentKind).first { stored in
                stored.value[kind.nameMember]?.string == request.userName
            }
            if let known { return known.value }
        }
        return Self.unlistedUser(request)
    }

    private static func unlistedUser(_ request: DatabricksRequest) -> JSONValue {
        let name = request.userName
        let digest = SHA256.digest(Array("\(request.workspace.id) \(name)".utf8))
        let groups: [JSONValue] = request.base.principal?.scope == .admin ? [["display": "admins", "value": "1"]] : []
        return [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": .string(String(digest.word0 % 9_000_000_000_000_000)),
            "userName": .string(name),
            "displayName": .string(name),
            "active": true,
            "emails": [["type": "work", "value": .string(name), "primary": true]],
            "groups": .array(groups + [["display": "users", "value": "2"]]),
        ]
    }

    // MARK: Reading

    /// All resources of a kind, the bearer among them even when no document says so.
    private func resources(_ kind: ScimKind, _ request: DatabricksRequest) async throws -> [JSONValue] {
        let stored = try await DocumentStore(self.context, request).list(kind.documentKind).map(\.value)
        guard kind.route == ScimKind.users.route else { return stored }
        let bearer = try await self.bearer(request)
        let isListed = bearer["applicationId"] != nil || stored.contains { $0["id"] == bearer["id"] }
        return isListed ? stored : [bearer] + stored
    }

    private func resource(_ kind: ScimKind, _ request: DatabricksRequest) async throws -> JSONValue? {
        if let stored = try await DocumentStore(self.context, request).get(kind.documentKind, request.id) {
            return stored.value
        }
        return try await self.resources(kind, request).first { $0["id"]?.string == request.id }
    }

    private func list(_ kind: ScimKind, _ request: DatabricksRequest) async throws -> Response {
        let start = try request.integer("startIndex", in: 0...Int(Int32.max)) ?? 1
        let count = try request.integer("count", in: 0...Int(Int32.max)) ?? 100
        var resources = try await self.resources(kind, request)
        if let text = try request.string("filter"), !text.isEmpty {
            let filter = try ScimFilter(text)
            resources.removeAll { !filter.matches($0) }
        }
        if let member = try request.string("sortBy") {
            resources.sort { ($0[member]?.display ?? "") < ($1[member]?.display ?? "") }
            if try request.string("sortOrder") == "descending" { resources.reverse() }
        }
        let page = resources.dropFirst(max(0, start - 1)).prefix(min(count, Self.countMax))
        return Response(
            value: [
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": .integer(resources.count),
                "startIndex": .integer(max(1, start)),
                "itemsPerPage": .integer(page.count),
                "Resources": .array(Array(page)),
            ]
        )
    }

    // MARK: Writing

    private func create(_ kind: ScimKind, _ request: DatabricksRequest) async throws -> Response {
        let store = DocumentStore(self.context, request)
        let id = try DocumentID.number.make()
        let resource = try kind.made(from: request.body, id: id)
        let made = try await store.create(kind.documentKind, id, resource, unique: kind.unique)
        return Response(value: made.value, status: .created).stamped(made.receipt)
    }

    private func change(
        _ kind: ScimKind,
        _ request: DatabricksRequest,
        _ change: (JSONValue) throws -> JSONValue
    ) async throws -> JSONValue {
        let id = request.id
        let store = DocumentStore(self.context, request)
        let changed = try await store.update(kind.documentKind, id, unique: kind.unique) { resource in
            var changed = try change(resource)
            changed["id"] = .string(id)
            return changed
        }
        guard let changed else { throw kind.missing(id) }
        return changed
    }
}

/// One kind of SCIM resource.
struct ScimKind: Sendable {
    let route: String
    let documentKind: String
    let title: String
    /// The member that no two resources share.
    let nameMember: String
    let schema: String

    static let users = ScimKind(
        route: "Users",
        documentKind: "user",
        title: "User",
        nameMember: "userName",
        schema: "urn:ietf:params:scim:schemas:core:2.0:User"
    )
    static let groups = ScimKind(
        route: "Groups",
        documentKind: "group",
        title: "Group",
        nameMember: "displayName",
        schema: "urn:ietf:params:scim:schemas:core:2.0:Group"
    )
    static let servicePrincipals = ScimKind(
        route: "ServicePrincipals",
        documentKind: "service_principal",
        title: "Service principal",
        nameMember: "applicationId",
        schema: "urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"
    )
    static let all = [users, groups, servicePrincipals]

    /// ``nameMember`` with what is said about a name that another resource has.
    var unique: UniqueMember {
        UniqueMember(name: self.nameMember) { name in
            DatabricksError(
                409,
                "RESOURCE_CONFLICT",
                "\(self.title) with \(self.nameMember) \(name.display) already exists."
            )
        }
    }

    func missing(_ id: String) -> DatabricksError {
        .missing("\(self.title) with id \(id) not found.")
    }

    func made(from sent: JSONValue, id: String) throws -> JSONValue {
        var resource = sent
        resource["id"] = .string(id)
        resource["schemas"] = [.string(self.schema)]
        if self.nameMember == "applicationId", resource["applicationId"] == nil {
            resource["applicationId"] = .string(try DocumentID.uuid.make())
        }
        guard resource[self.nameMember]?.string?.isEmpty == false else {
            throw DatabricksError.invalid("Missing required field: \(self.nameMember)")
        }
        if self.route != "Groups" {
            if resource["active"] == nil { resource["active"] = true }
            if resource["displayName"] == nil { resource["displayName"] = resource[self.nameMember] }
        }
        return resource
    }

    /// `sent` in place of `resource`, which keeps what names it.
    func replaced(_ resource: JSONValue, with sent: JSONValue) -> JSONValue {
        var result = sent
        for member in ["schemas", self.nameMember] where result[member] == nil { result[member] = resource[member] }
        return result
    }
}
