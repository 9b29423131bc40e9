internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `/api/2.0/groups/*`: the groups of SCIM by their names, as the older command line asks for them.
struct LegacyGroups: Sendable {
    private static let prefix = "/api/2.0/groups"

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        routes.get("\(Self.prefix)/list") { request in
            let names = try await self.groups(request).compactMap { $0.value["displayName"] }
            return Response(value: names.isEmpty ? [:] : ["group_names": .array(names)])
        }
        routes.get("\(Self.prefix)/list-members") { try await self.listMembers($0) }
        routes.get("\(Self.prefix)/list-parents") { try await self.listParents($0) }
        routes.write(.post, "\(Self.prefix)/create", .whole(.admin)) { try await self.create($0) }
        routes.write(.post, "\(Self.prefix)/delete", .whole(.admin)) { request in
            let group = try await self.group(try request.requiredString("group_name"), request)
            let (kind, store) = (ScimKind.groups, DocumentStore(self.context, request))
            _ = try await store.delete(kind.documentKind, group.id, unique: kind.unique)
            return .emptyObject
        }
        for (action, isAdding) in [("add-member", true), ("remove-member", false)] {
            routes.write(.post, "\(Self.prefix)/\(action)", .whole(.admin)) { request in
                try await self.change(request, isAdding: isAdding)
            }
        }
    }

    // MARK: Groups and who is in them

    private func groups(_ request: DatabricksRequest) async throws -> [DocumentStore.Stored] {
        try await DocumentStore(self.context, request).list(ScimKind.groups.documentKind)
    }

    private func group(_ name: String, _ request: DatabricksRequest) async throws -> DocumentStore.Stored {
        guard let found = try await self.groups(request).first(where: { $0.value["displayName"]?.string == name })
        else { throw DatabricksError.missing("Group \(name) does not exist.") }
        return found
    }

    /// The id of the user or the group that the request names.
    private func principal(_ request: DatabricksRequest) async throws -> String {
        if let name = try request.string("group_name"), !name.isEmpty { return try await self.group(name, request).id }
        let name = try request.requiredString("user_name")
        let users = try await DocumentStore(self.context, request).list(ScimKind.users.documentKind)
        guard let user = users.first(where: { $0.value["userName"]?.string == name }) else {
            throw DatabricksError.missing("User \(name) does not exist.")
        }
        return user.id
    }

    private func listMembers(_ request: DatabricksRequest) async throws -> Response {
        let group = try await self.group(try request.requiredString("group_name"), request)
        let store = DocumentStore(self.context, request)
        var members: [JSONValue] = []
        for id in (group.value["members"]?.items ?? []).compactMap({ $0["value"]?.string }) {
            if let user = try await store.get(ScimKind.users.documentKind, id) {
                members.append(["user_name": user.value["userName"] ?? .null])
            } else if let inner = try await store.get(ScimKind.groups.documentKind, id) {
                members.append(["group_name": inner.value["displayName"] ?? .null])
            }
        }
        return Response(value: members.isEmpty ? [:] : ["members": .array(members)])
    }

    private func listParents(_ request: DatabricksRequest) async throws -> Response {
        let id = JSONValue.string(try await self.principal(request))
        let names = try await self.groups(request)
            .filter { ($0.value["members"]?.items ?? []).contains { $0["value"] == id } }
            .compactMap { $0.value["displayName"] }
        return Response(value: names.isEmpty ? [:] : ["group_names": .array(names)])
    }

    private func create(_ request: DatabricksRequest) async throws -> Response {
        let name = try request.requiredString("group_name")
        let id = try DocumentID.number.make()
        let group = try ScimKind.groups.made(from: ["displayName": .string(name)], id: id)
        let unique = UniqueMember(name: ScimKind.groups.nameMember) { _ in
            .exists("Group \(name) already exists.")
        }
        try await DocumentStore(self.context, request)
            .create(ScimKind.groups.documentKind, id, group, unique: unique)
        return Response(value: ["group_name": .string(name)])
    }

    private func change(_ request: DatabricksRequest, isAdding: Bool) async throws -> Response {
        let parent = try await self.group(try request.requiredString("parent_name"), request)
        let id = JSONValue.string(try await self.principal(request))
        _ = try await DocumentStore(self.context, request).update(ScimKind.groups.documentKind, parent.id) { group in
            var group = group
            let others = (group["members"]?.items ?? []).filter { $0["value"] != id }
            group["members"] = .array(isAdding ? others + [.object(["value": id])] : others)
            return group
        }
        return .emptyObject
    }
}
