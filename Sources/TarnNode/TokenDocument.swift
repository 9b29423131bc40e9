internal import Foundation
package import TarnCore

/// A bearer token as it stands in the namespace, `/meta/token/<id>.json`: never the token itself, only its hash.
package struct TokenDocument: Codable, Hashable, Sendable {
    package let id: String
    package let name: String
    package let scope: String
    /// Empty: the whole namespace.
    package let paths: [String]
    /// SHA-256 of the token's 256 random bits, as hex.
    package let sha256: String
    /// Microseconds since 1970.
    package let createdAt: UInt64

    private enum CodingKeys: String, CodingKey {
        case id
        case name
        case scope
        case paths
        case sha256
        case createdAt = "created_at"
    }

    package init(
        id: String,
        name: String,
        scope: Principal.Scope,
        paths: [NamespacePath],
        hash: Digest,
        createdAt: UInt64
    ) {
        self.id = id
        self.name = name
        self.scope = scope.rawValue
        self.paths = paths.map(\.string)
        self.sha256 = hash.hex
        self.createdAt = createdAt
    }

    /// Throws ``NodeError`` `invalidRequest` when `bytes` are not such a document.
    package init(json bytes: [UInt8]) throws(NodeError) {
        do {
            self = try JSONDecoder().decode(TokenDocument.self, from: Data(bytes))
        } catch {
            throw NodeError(.invalidRequest, "not a token document: \(error)")
        }
    }

    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }

    /// Where the document of token `id` stands.
    package static func path(id: String) throws(CoreError) -> NamespacePath {
        try NamespacePath("/meta/token/\(id).json")
    }

    /// Who the bearer is, or nil when the document does not say so properly.
    package var principal: Principal? {
        guard let scope = Principal.Scope(rawValue: self.scope) else { return nil }
        let paths = self.paths.compactMap { try? NamespacePath($0) }
        guard paths.count == self.paths.count else { return nil }
        return Principal(name: self.name, scope: scope, paths: paths)
    }
}
