internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOHTTP1
internal import TarnCatalog
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// An error on its way to the client: status, code and message, in one shape for every route.
struct Problem: Error {
    let status: Int
    let code: NodeError.Code
    let message: String
    var headers: HTTPFields = [:]
    /// Whether it was not a thing that is not there, but a route.
    var isUnknownRoute = false

    init(_ code: NodeError.Code, _ message: String, status: Int? = nil, headers: HTTPFields = [:]) {
        self.status = status ?? code.status
        self.code = code
        self.message = message
        self.headers = headers
    }

    /// What the client is told about `error`. The details of an error that nobody foresaw stay in the log.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as NodeError: self.init(error.code, error.message)
        case let error as CoreError: self.init(.invalidRequest, error.message)
        case let error as JSONError: self.init(.invalidRequest, "the body is not the JSON that was expected: \(error)")
        case let error as NamespaceError: self.init(error)
        case let error as CatalogError: self.init(error)
        case let error as MerkleError: self.init(.internalError, "the Merkle index is damaged: \(error.message)")
        case is NIOTooManyBytesError: self.init(.tooLarge, "the body is larger than this route takes")
        case is HTTPParserError: self.init(.invalidRequest, "the body is not framed as HTTP says")
        case is CancellationError: self.init(.unavailable, "the node is shutting down")
        default: self.init(.internalError, "an unexpected error; the node's log has more")
        }
    }

    /// `{"error_code", "message"}`
    var response: Response {
        var writer = JSONWriter(reservingCapacity: 64 + self.message.utf8.count)
        writer.beginObject()
        writer.key("error_code")
        writer.string(self.code.rawValue)
        writer.key("message")
        writer.string(self.message)
        writer.endObject()
        var response = Response(json: writer, status: HTTPResponse.Status(code: self.status))
        for field in self.headers { response.headers[field.name] = field.value }
        return response
    }

    /// For a method that the path does not know.
    static func methodNotAllowed(_ method: HTTPRequest.Method, path: String, allowed: [HTTPRequest.Method]) -> Problem {
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        return Problem(
            .invalidRequest,
            "\(method.rawValue) is not possible at \(path); it takes \(names)",
            status: 405,
            headers: [.allow: names]
        )
    }
}

extension Problem {
    /// A refusal by the namespace's rules.
    private init(_ error: NamespaceError) {
        switch error.code {
        case .notFound: self.init(.notFound, error.message)
        case .tooManyEntries: self.init(.tooLarge, error.message)
        case .invalidPath, .invalidEntry, .invalidMove, .protectedRoot: self.init(.invalidRequest, error.message)
        case .conflict, .notADirectory, .isADirectory, .directoryNotEmpty, .alreadyExists:
            self.init(.conflict, error.message)
        }
    }

    private init(_ error: CatalogError) {
        switch error.code {
        case .rejected, .timeout, .memoryExceeded, .syntax: self.init(.queryRejected, error.message)
        case .tooManyRows: self.init(.tooLarge, error.message)
        case .searchDisabled: self.init(.invalidRequest, error.message)
        case .busy, .corrupt, .gap, .closed: self.init(.unavailable, error.message, headers: [.retryAfter: "1"])
        case .failed: self.init(.internalError, error.message)
        }
    }
}
