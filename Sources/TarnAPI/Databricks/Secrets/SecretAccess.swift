internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// Who may do what with the secrets of a scope (`/api/2.0/secrets/acls/*`), and the check of it. Administrators may do
/// everything.
struct SecretAccess: Sendable {
    enum Permission: String, Comparable, Sendable {
        case read = "READ"
        case write = "WRITE"
        case manage = "MANAGE"

        private var rank: Int {
            switch self {
            case .read: 0
            case .write: 1
            case .manage: 2
            }
        }

        static func < (left: Permission, right: Permission) -> Bool { left.rank < right.rank }
    }

    private static let kind = SecretsService.scopeKind
    /// Stands for everybody.
    private static let everybody = "users"

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        let prefix = "/api/2.0/secrets/acls"
        routes.get("\(prefix)/list") { request in
            let (_, entries) = try await self.checked(request, atLeast: .manage)
            return Response(value: entries.isEmpty ? [:] : ["items": .array(entries)])
        }
        routes.get("\(prefix)/get") { request in
            let (scope, entries) = try await self.checked(request, atLeast: .manage)
            let principal = try request.requiredString("principal")
            guard let entry = entries.first(where: { $0["principal"]?.string == principal }) else {
                throw Self.missing(principal, in: scope)
            }
            return Response(value: entry)
        }
        routes.write(.post, "\(prefix)/put") { request in
            let principal = try request.requiredString("principal")
            let name = try request.requiredString("permission")
            guard let permission = Permission(rawValue: name) else {
                throw DatabricksError.invalid("permission '\(name)'; READ, WRITE or MANAGE is expected")
            }
            try await self.change(request) { entries in
                entries.removeAll { $0["principal"]?.string == principal }
                entries.append(["principal": .string(principal), "permission": .string(permission.rawValue)])
            }
            return .emptyObject
        }
        routes.write(.post, "\(prefix)/delete") { request in
            let principal = try request.requiredString("principal")
            try await self.change(request) { entries in
                guard entries.contains(where: { $0["principal"]?.string == principal }) else {
                    throw Self.missing(principal, in: try request.requiredString("scope"))
                }
                entries.removeAll { $0["principal"]?.string == principal }
            }
            return .emptyObject
        }
    }

    /// The scope that the request names, with which the bearer may do at least `needed`. Throws ``DatabricksError``.
    func scope(_ request: DatabricksRequest, atLeast needed: Permission) async throws -> String {
        try await self.checked(request, atLeast: needed).scope
    }

    private func checked(
        _ request: DatabricksRequest,
        atLeast needed: Permission
    ) async throws -> (scope: String, entries: [JSONValue]) {
        let scope = try request.requiredString("scope")
        guard let stored = try await DocumentStore(self.context, request).get(Self.kind, scope) else {
            throw DatabricksError.missing("Scope \(scope) does not exist!")
        }
        let entries = stored.value["acls"]?.items ?? []
        let user = request.userName
        let granted = entries.filter { [user, Self.everybody].contains($0["principal"]?.string ?? "") }
            .compactMap { $0["permission"]?.string.flatMap { Permission(rawValue: $0) } }
            .max()
        guard request.base.principal?.scope == .admin || granted.map({ $0 >= needed }) ?? false else {
            throw DatabricksError(
                403,
                "PERMISSION_DENIED",
                "\(user) needs \(needed.rawValue) permission on the secret scope \(scope)"
            )
        }
        return (scope, entries)
    }

    private func change(_ request: DatabricksRequest, _ change: (inout [JSONValue]) throws -> Void) async throws {
        let (scope, _) = try await self.checked(request, atLeast: .manage)
        _ = try await DocumentStore(self.context, request).update(Self.kind, scope) { document in
            var document = document
            var entries = document["acls"]?.items ?? []
            try change(&entries)
            document["acls"] = .array(entries)
            return document
        }
    }

    private static func missing(_ principal: String, in scope: String) -> DatabricksError {
        .missing("Failed to get secret acl for principal \(principal) for scope \(scope).")
    }
}
