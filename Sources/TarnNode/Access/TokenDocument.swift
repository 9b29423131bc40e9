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
    package var sha256: String
    /// Microseconds since 1970.
    package let createdAt: UInt64
    /// Microseconds since 1970; nil for a token that holds until it is revoked.
    package var expiresAt: UInt64?
    /// Who made the token for themselves; nil for one that an administrator made.
    package var owner: String?
    package var comment: String?
    /// The hash of the secret before the last rotation, and until when it is taken, too (microseconds since 1970).
    package var previousSHA256: String?
    package var previousUntil: UInt64?
    /// Microseconds since 1970.
    package var rotatedAt: UInt64?
    package var requestsPerSecond: Int?
    package var concurrency: Int?

    private enum CodingKeys: String, CodingKey {
        case id
        case name
        case scope
        case paths
        case sha256
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case owner
        case comment
        case previousSHA256 = "previous_sha256"
        case previousUntil = "previous_until"
        case rotatedAt = "rotated_at"
        case requestsPerSecond = "requests_per_second"
        case concurrency
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

    /// The same token with a new secret; the old one is taken until `graceEnd` (microseconds since 1970).
    package func rotated(hash: Digest, at microseconds: UInt64, graceEnd: UInt64) -> TokenDocument {
        var document = self
        document.previousSHA256 = graceEnd > microseconds ? self.sha256 : nil
        document.previousUntil = graceEnd > microseconds ? graceEnd : nil
        document.sha256 = hash.hex
        document.rotatedAt = microseconds
        return document
    }

    /// The hashes of the secrets that are taken at `microseconds` since 1970.
    func hashes(at microseconds: UInt64) -> [Digest] {
        var texts = [self.sha256]
        if let previous = self.previousSHA256, let end = self.previousUntil, microseconds < end {
            texts.append(previous)
        }
        return texts.compactMap { Digest(hex: $0) }
    }

    /// Whether a secret that was taken at `moment` is still taken at `microseconds`, both since 1970.
    func takes(secretShownAt moment: UInt64, at microseconds: UInt64) -> Bool {
        guard let rotatedAt = self.rotatedAt, moment < rotatedAt else { return true }
        return self.previousUntil.map { microseconds < $0 } ?? false
    }

    /// Who the bearer is at `microseconds` since 1970; nil for a token that has expired, and when the document does not
    /// say it properly.
    package func principal(at microseconds: UInt64) -> Principal? {
        if let end = self.expiresAt, end <= microseconds { return nil }
        guard let scope = Principal.Scope(rawValue: self.scope) else { return nil }
        let paths = self.paths.compactMap { try? NamespacePath($0) }
        guard paths.count == self.paths.count else { return nil }
        return Principal(
            name: self.name,
            scope: scope,
            paths: paths,
            tokenID: self.id,
            limits: TokenLimits(requestsPerSecond: self.requestsPerSecond, concurrency: self.concurrency)
        )
    }
}
