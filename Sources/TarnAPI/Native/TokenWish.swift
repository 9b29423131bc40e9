internal import TarnCore
internal import TarnNode

/// The body of `POST /v1/tokens`: `{"name", "scope", "paths"?}`.
struct TokenWish: Sendable {
    let name: String
    let scope: Principal.Scope
    let paths: [NamespacePath]

    init(json bytes: [UInt8]) throws {
        var reader = JSONReader(bytes)
        var name: String?
        var scope: Principal.Scope?
        var paths: [NamespacePath] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "name": name = try reader.readString()
            case "scope":
                let text = try reader.readString()
                scope = Principal.Scope(rawValue: text)
                if scope == nil { throw Problem(.invalidRequest, "scope '\(text)'; read, write or admin is expected") }
            case "paths":
                try reader.beginArray()
                while try reader.nextElement() {
                    guard paths.count < Limits.tokenPathsMax else {
                        throw Problem(.invalidRequest, "more than \(Limits.tokenPathsMax) paths for one token")
                    }
                    paths.append(try NamespacePath(reader.readString()))
                }
            default: throw Problem(.invalidRequest, "unknown key '\(key)'; expected: name, scope, paths")
            }
        }
        try reader.expectEnd()
        guard let name, !name.isEmpty, name.utf8.count <= Limits.authorBytesMax else {
            throw Problem(.invalidRequest, "a token needs a name of 1 to \(Limits.authorBytesMax) bytes")
        }
        guard let scope else { throw Problem(.invalidRequest, "a token needs a scope: read, write or admin") }
        self.name = name
        self.scope = scope
        self.paths = paths
    }
}
