internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `/api/2.0/permissions/<type>/<id>`: who may do what with an object. Kept and mirrored for the workspace that runs
/// things; what a bearer may do here is decided by the token's scope.
struct PermissionsService: Sendable {
    static let kind = "permission"

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        let pattern = "/api/2.0/permissions/{}/{}"
        routes.get(pattern) { try await self.get($0) }
        routes.write(.put, pattern) { try await self.change($0, isWhole: true) }
        routes.write(.patch, pattern) { try await self.change($0, isWhole: false) }
        routes.get("\(pattern)/permissionLevels") { request in
            let levels = ObjectPermissions(type: request.segments[0]).levels.map { level -> JSONValue in
                ["permission_level": .string(level), "description": .string(ObjectPermissions.describe(level))]
            }
            return Response(value: ["permission_levels": .array(levels)])
        }
    }

    private static func documentID(_ type: String, _ id: String) -> String { "\(type).\(id)" }

    // MARK: Actions

    private func get(_ request: DatabricksRequest) async throws -> Response {
        let (type, id) = (request.segments[0], request.segments[1])
        let stored = try await DocumentStore(self.context, request).get(Self.kind, Self.documentID(type, id))
        return Response(value: Self.shown(type, id, stored?.value["access_control_list"]?.items ?? []))
    }

    private func change(_ request: DatabricksRequest, isWhole: Bool) async throws -> Response {
        let (type, id) = (request.segments[0], request.segments[1])
        let store = DocumentStore(self.context, request)
        let sent = try Self.entries(request.body["access_control_list"], type: type)
        let documentID = Self.documentID(type, id)
        if try await store.get(Self.kind, documentID) == nil {
            do {
                try await store.create(Self.kind, documentID, ["access_control_list": .array(sent)])
                return Response(value: Self.shown(type, id, sent))
            } catch let error as NodeError where error.code == .conflict {
                // Somebody was faster: theirs are there by now, and must not be lost.
            }
        }
        let changed = try await store.update(Self.kind, documentID) { present in
            let entries = isWhole ? [] : present["access_control_list"]?.items ?? []
            return ["access_control_list": .array(Self.merged(entries, with: sent))]
        }
        return Response(value: Self.shown(type, id, changed?["access_control_list"]?.items ?? []))
    }

    /// The change that gives a new object its permissions, with its creator as owner unless they name another one.
    static func change(
        _ list: JSONValue,
        type: String,
        id: String,
        creator: String,
        in store: DocumentStore
    ) async throws -> Change {
        var entries = try self.entries(list, type: type)
        if !entries.contains(where: { $0["permission_level"] == "IS_OWNER" }) {
            entries.append(["user_name": .string(creator), "permission_level": "IS_OWNER"])
        }
        let document: JSONValue = ["access_control_list": .array(entries)]
        return try await store.put(self.kind, self.documentID(type, id), document, if: .any)
    }

    // MARK: Lists

    private static let principals = ["user_name", "group_name", "service_principal_name"]

    /// The entries of a list that a client sent. Throws ``DatabricksError`` for one that names nobody or no level.
    private static func entries(_ list: JSONValue?, type: String) throws(DatabricksError) -> [JSONValue] {
        let items = list?.items ?? []
        guard items.count <= Limits.permissionEntriesMax else {
            throw .invalid("More than \(Limits.permissionEntriesMax) entries in access_control_list")
        }
        let levels = ObjectPermissions(type: type).levels
        for item in items {
            guard self.principals.contains(where: { item[$0]?.string?.isEmpty == false }) else {
                throw .invalid("An access control entry needs a user_name, group_name or service_principal_name")
            }
            guard let level = item["permission_level"]?.string, levels.contains(level) else {
                throw .invalid(
                    "permission_level '\(item["permission_level"]?.display ?? "")' is not one of "
                        + levels.joined(separator: ", ")
                )
            }
        }
        return items
    }

    /// A principal has one level: the one that was given last.
    private static func merged(_ present: [JSONValue], with sent: [JSONValue]) -> [JSONValue] {
        func principal(_ entry: JSONValue) -> [String?] { self.principals.map { entry[$0]?.string } }
        let replaced = Set(sent.map { principal($0) })
        return present.filter { !replaced.contains(principal($0)) } + sent
    }

    private static func shown(_ type: String, _ id: String, _ entries: [JSONValue]) -> JSONValue {
        let object = ObjectPermissions(type: type)
        let objectID = "/\(type)/\(id)"
        var list = entries.map { entry -> JSONValue in
            var shown: JSONValue = [
                "all_permissions": [["permission_level": entry["permission_level"] ?? .null, "inherited": false]]
            ]
            for name in self.principals { shown[name] = entry[name] }
            return shown
        }
        list.append([
            "group_name": "admins",
            "all_permissions": [
                [
                    "permission_level": .string(object.highestLevel), "inherited": true,
                    "inherited_from_object": [.string("/\(type)/")],
                ]
            ],
        ])
        return [
            "object_id": .string(objectID), "object_type": .string(object.objectType),
            "access_control_list": .array(list),
        ]
    }
}
