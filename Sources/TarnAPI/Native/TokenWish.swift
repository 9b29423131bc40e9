internal import TarnCore
internal import TarnNode

/// The body of `POST /v1/tokens`: `{"name", "scope", "paths"?, "expires_at"?, "requests_per_second"?, "concurrency"?}`.
struct TokenWish: Sendable {
    let name: String
    let scope: Principal.Scope
    let paths: [NamespacePath]
    /// Microseconds since 1970.
    let expiresAt: UInt64?
    let limits: TokenLimits

    /// `now` is in microseconds since 1970.
    init(json bytes: [UInt8], now: UInt64) throws {
        var reader = JSONReader(bytes)
        var name: String?
        var scope: Principal.Scope?
        var paths: [NamespacePath] = []
        var expiresAt: UInt64?
        var rate: Int?
        var concurrency: Int?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "name": name = try reader.readString()
            case "scope": scope = try Self.scope(reader.readString())
            case "paths": paths = try Self.paths(&reader)
            case "expires_at": expiresAt = try Self.time(reader.readString(), after: now)
            case "requests_per_second": rate = try Self.limit(reader.readNumberText(), of: key)
            case "concurrency": concurrency = try Self.limit(reader.readNumberText(), of: key)
            default:
                throw Problem(
                    .invalidRequest,
                    "unknown key '\(key)'; expected: name, scope, paths, expires_at, requests_per_second, concurrency"
                )
            }
        }
        try reader.expectEnd()
        guard let name, !name.isEmpty, name.utf8.count <= Limits.authorBytesMax else {
            throw Problem(.invalidRequest, "a token needs a name of 1 to \(Limits.authorBytesMax) bytes")
        }
        guard !name.hasPrefix(NodeCredential.authorPrefix) else {
            throw Problem(.invalidRequest, "names that begin with '\(NodeCredential.authorPrefix)' are the nodes' own")
        }
        guard let scope else { throw Problem(.invalidRequest, "a token needs a scope: read, write or admin") }
        self.name = name
        self.scope = scope
        self.paths = paths
        self.expiresAt = expiresAt
        self.limits = TokenLimits(requestsPerSecond: rate, concurrency: concurrency)
    }

    private static func scope(_ text: String) throws(Problem) -> Principal.Scope {
        guard let scope = Principal.Scope(rawValue: text) else {
            throw Problem(.invalidRequest, "scope '\(text)'; read, write or admin is expected")
        }
        return scope
    }

    private static func paths(_ reader: inout JSONReader) throws -> [NamespacePath] {
        var paths: [NamespacePath] = []
        try reader.beginArray()
        while try reader.nextElement() {
            guard paths.count < Limits.tokenPathsMax else {
                throw Problem(.invalidRequest, "more than \(Limits.tokenPathsMax) paths for one token")
            }
            paths.append(try NamespacePath(reader.readString()))
        }
        return paths
    }

    private static func time(_ text: String, after now: UInt64) throws(Problem) -> UInt64 {
        guard let time = Timestamp(text) else {
            throw Problem(.invalidRequest, "expires_at '\(text)'; an RFC 3339 time is expected")
        }
        guard time.microseconds > now else { throw Problem(.invalidRequest, "expires_at \(text) is over already") }
        return time.microseconds
    }

    private static func limit(_ text: String, of key: String) throws(Problem) -> Int {
        guard let value = Int(text), (1...1_000_000).contains(value) else {
            throw Problem(.invalidRequest, "\(key) is \(text); a number from 1 to 1000000 is expected")
        }
        return value
    }
}
