internal import TarnCore

/// The `Operations` of a SCIM PATCH (RFC 7644, section 3.5.2): add, replace and remove members and list elements.
enum ScimPatch {
    private static let operationsMax = 1_000
    /// Members that a path leads through; those of a user have two.
    private static let pathDepthMax = 8

    /// `resource` after `operations`. Throws ``DatabricksError`` for one that cannot be done.
    static func apply(_ operations: [JSONValue], to resource: JSONValue) throws(DatabricksError) -> JSONValue {
        guard operations.count <= self.operationsMax else {
            throw .invalid("More than \(self.operationsMax) operations in one PATCH")
        }
        var resource = resource
        for operation in operations {
            let name = operation["op"]?.string?.lowercased() ?? ""
            let value = operation["value"] ?? .null
            guard let path = operation["path"]?.string, !path.isEmpty else {
                guard name == "add" || name == "replace", case .object(let members) = value else {
                    throw .invalid("A PATCH operation '\(name)' needs a path")
                }
                for (key, value) in members {
                    try self.put(value, at: key, in: &resource, isAdding: name == "add")
                }
                continue
            }
            switch name {
            case "add": try self.put(value, at: path, in: &resource, isAdding: true)
            case "replace": try self.put(value, at: path, in: &resource, isAdding: false)
            case "remove": try self.remove(path, value, from: &resource)
            default: throw .invalid("PATCH operation '\(name)'; add, remove or replace is expected")
            }
        }
        return resource
    }

    private static func put(
        _ value: JSONValue,
        at path: String,
        in resource: inout JSONValue,
        isAdding: Bool
    ) throws(DatabricksError) {
        guard path.contains(":") || path.utf8.count(where: { $0 == 0x2e }) < self.pathDepthMax else {
            throw .invalid("PATCH path '\(path.prefix(200))' has over \(self.pathDepthMax) parts")
        }
        let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
        guard let first = parts.first else { return }
        if parts.count == 2, !path.contains(":") {
            var inner = resource[first] ?? [:]
            try self.put(value, at: parts[1], in: &inner, isAdding: isAdding)
            resource[first] = inner
            return
        }
        if isAdding, case .array(let present)? = resource[path], case .array(let added) = value {
            let known = Set(present)
            resource[path] = .array(present + added.filter { !known.contains($0) })
        } else {
            resource[path] = value
        }
    }

    /// `path` names a member, or elements of a list as in `members[value eq "7"]`.
    private static func remove(
        _ path: String,
        _ value: JSONValue,
        from resource: inout JSONValue
    ) throws(DatabricksError) {
        guard let bracket = path.firstIndex(of: "[") else {
            if case .array(let present)? = resource[path], case .array(let removed) = value {
                let values = Set(removed.map { $0["value"] ?? $0 })
                resource[path] = .array(present.filter { !values.contains($0["value"] ?? $0) })
            } else {
                resource[path] = nil
            }
            return
        }
        guard path.hasSuffix("]") else { throw .invalid("PATCH path '\(path)' does not end its bracket") }
        let name = String(path[..<bracket])
        let filter = try ScimFilter(String(path[path.index(after: bracket)...].dropLast()))
        resource[name] = .array((resource[name]?.items ?? []).filter { !filter.matches($0) })
    }
}
