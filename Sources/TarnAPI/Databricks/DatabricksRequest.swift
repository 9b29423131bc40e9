internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// A request of a Databricks client: its workspace, and parameters from the query or from a JSON body under whatever
/// content type.
struct DatabricksRequest: Sendable {
    let base: APIRequest
    let workspace: MirroredWorkspace
    /// An object; empty where the request has no body.
    let body: JSONValue
    /// What the pattern's open segments stand for, decoded; of a `**` only what precedes it.
    let segments: [String]

    /// Reads the body when it may be read (`bodyBytesMax` is not nil). Throws ``DatabricksError`` for a body that is no
    /// JSON object.
    init(_ base: APIRequest, _ workspace: MirroredWorkspace, bodyBytesMax: Int?) async throws {
        self.base = base
        self.workspace = workspace
        self.segments = try (base.captures + [base.rest]).map { bytes in
            guard let bytes = PercentDecoding.decode(bytes), let text = String(validating: bytes, as: UTF8.self) else {
                throw DatabricksError.invalid("the path's percent-encoding is broken")
            }
            return text
        }
        guard let bodyBytesMax, base.hasBody else {
            self.body = [:]
            return
        }
        let bytes = try await base.body(max: max(bodyBytesMax, Limits.requestTargetBytesMax))
        self.body = try Self.object(bytes)
    }

    init(base: APIRequest, workspace: MirroredWorkspace, body: JSONValue, segments: [String]) {
        self.base = base
        self.workspace = workspace
        self.body = body
        self.segments = segments
    }

    /// The object that `bytes` spell, or an empty one for no bytes.
    static func object(_ bytes: [UInt8]) throws(DatabricksError) -> JSONValue {
        if bytes.isEmpty { return [:] }
        do throws(JSONError) {
            let value = try JSONValue(parsing: bytes)
            if case .object = value { return value }
        } catch {
            throw DatabricksError(400, "MALFORMED_REQUEST", "the body is not JSON: \(error)")
        }
        throw DatabricksError(400, "MALFORMED_REQUEST", "the body is JSON, but not an object")
    }

    // MARK: Parameters

    /// A parameter as text; numbers and flags in the body count as well.
    func string(_ name: String) throws(DatabricksError) -> String? {
        switch self.body[name] {
        case nil, .null: return self.base.query[name]
        case .string(let text), .number(let text): return text
        case .boolean(let flag): return flag ? "true" : "false"
        case .array, .object: throw .invalid("parameter '\(name)' must be text")
        }
    }

    func requiredString(_ name: String) throws(DatabricksError) -> String {
        guard let text = try self.string(name), !text.isEmpty else {
            throw .invalid("Missing required field: \(name)")
        }
        return text
    }

    func flag(_ name: String) throws(DatabricksError) -> Bool {
        switch try self.string(name)?.lowercased() {
        case nil, "false", "": return false
        case "true": return true
        case let text?: throw .invalid("parameter '\(name)' is '\(text)'; true or false is expected")
        }
    }

    /// A whole number from `range`, or nil when the request does not name one.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(DatabricksError) -> Int? {
        guard let text = try self.string(name), !text.isEmpty else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid(
                "parameter '\(name)' is '\(text)'; a number from \(range.lowerBound) to \(range.upperBound) is expected"
            )
        }
        return number
    }

    // MARK: Paths

    /// The path of the workspace that parameter `name` names, which the bearer may read or write.
    func workspacePath(_ name: String = "path") throws -> NamespacePath {
        try self.permitted(try self.workspace.path(try self.requiredString(name)))
    }

    /// `path`, unless the bearer's token is limited to other paths.
    func permitted(_ path: NamespacePath) throws -> NamespacePath {
        if let principal = self.base.principal { try Access.check(principal, mayName: path) }
        return path
    }

    /// The URL that the client was given as its host.
    func host(isTLSEnabled: Bool) -> String {
        let authority = self.base.http.head.authority ?? "localhost"
        let prefix = self.base.workspace.map { "/w/\($0)" } ?? ""
        return "\(isTLSEnabled ? "https" : "http")://\(authority)\(prefix)"
    }

    /// The name that the bearer goes by, as `Me` tells it.
    var userName: String { self.base.author }
}
