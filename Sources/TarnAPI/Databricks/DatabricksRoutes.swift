internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// Registers the routes of Databricks clients: each knows its workspace, its parameters and the header that names the
/// workspace's id.
struct DatabricksRoutes {
    typealias Handler = @Sendable (DatabricksRequest) async throws -> Response

    var table: RouteTable
    let context: DatabricksContext

    /// A route that reads, answered by any node.
    mutating func get(_ pattern: String, _ access: Access = .whole(.read), _ handler: @escaping Handler) {
        self.add(.get, pattern, access, isForwarded: false, isOrdering: false, bodyBytesMax: 0, handler)
    }

    /// A route whose body is a question.
    mutating func ask(_ pattern: String, _ access: Access = .whole(.read), _ handler: @escaping Handler) {
        self.add(.post, pattern, access, isForwarded: false, isOrdering: false, handler)
    }

    /// A route that writes, answered by the primary. Its body is JSON of at most `bodyBytesMax`.
    mutating func write(
        _ method: HTTPRequest.Method,
        _ pattern: String,
        _ access: Access = .whole(.write),
        bodyBytesMax: Int = Limits.smallBodyBytesMax,
        _ handler: @escaping Handler
    ) {
        self.add(
            method,
            pattern,
            access,
            isForwarded: true,
            isOrdering: true,
            bodyBytesMax: bodyBytesMax,
            handler
        )
    }

    /// A route that writes and reads its body itself, as a stream or in a form of its own.
    mutating func upload(
        _ method: HTTPRequest.Method,
        _ pattern: String,
        _ access: Access = .named(.write),
        isOrdering: Bool = true,
        _ handler: @escaping Handler
    ) {
        self.add(method, pattern, access, isForwarded: true, isOrdering: isOrdering, bodyBytesMax: nil, handler)
    }

    /// A route whose body is a form that asks for something.
    mutating func form(_ pattern: String, _ access: Access, _ handler: @escaping Handler) {
        self.add(.post, pattern, access, isForwarded: false, isOrdering: false, bodyBytesMax: nil, handler)
    }

    /// Routes for what runs something, which a mirror does not: 501, whatever is asked.
    mutating func cannotRun(_ method: HTTPRequest.Method, _ pattern: String, _ what: String) {
        self.add(method, pattern, .whole(.read), isForwarded: false, isOrdering: false, bodyBytesMax: nil) { _ in
            throw DatabricksError.cannotRun(what)
        }
    }

    /// Routes for what a mirror does not do although nothing would have to run: 501 with `message`, whatever is asked.
    mutating func unavailable(_ method: HTTPRequest.Method, _ pattern: String, _ message: String) {
        self.add(method, pattern, .whole(.read), isForwarded: false, isOrdering: false, bodyBytesMax: nil) { _ in
            throw DatabricksError(501, "FEATURE_DISABLED", message, reason: "FEATURE_DISABLED")
        }
    }

    /// `bodyBytesMax` nil leaves the body to the handler; 0 takes one that is no larger than a query could be.
    private mutating func add(
        _ method: HTTPRequest.Method,
        _ pattern: String,
        _ access: Access,
        isForwarded: Bool,
        isOrdering: Bool,
        bodyBytesMax: Int? = Limits.smallBodyBytesMax,
        _ handler: @escaping Handler
    ) {
        let context = self.context
        let answer: @Sendable (APIRequest) async throws -> Response = { request in
            let workspace = try await MirroredWorkspace.chosen(
                by: request,
                in: context.node,
                known: context.workspaces
            )
            let prepared = try await DatabricksRequest(request, workspace, bodyBytesMax: bodyBytesMax)
            var response = try await handler(prepared)
            response.headers[.databricksOrganization] = workspace.id
            return response
        }
        self.table.add(
            method,
            pattern,
            RouteTable.Route(
                access: access,
                isForwarded: isForwarded,
                isOrdering: isOrdering,
                isPatient: true,
                handler: answer
            )
        )
    }
}

extension HTTPField.Name {
    /// The numeric id of the workspace that answered.
    static let databricksOrganization: Self = {
        guard let name = Self("X-Databricks-Org-Id") else { preconditionFailure("not a header's name") }
        return name
    }()
}
