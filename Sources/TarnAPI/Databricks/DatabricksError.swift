internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// An error in the shape that clients of Databricks read: status, `error_code`, message, and details where a client
/// looks for them.
///
/// A message never holds the texts upon which such clients repeat a call for minutes ("Unexpected error" and the like).
struct DatabricksError: Error, Hashable {
    let status: Int
    let code: String
    let message: String
    /// `ErrorInfo.reason` of the details; nil for an error without details.
    var reason: String?
    var headers: [String: String] = [:]

    init(_ status: Int, _ code: String, _ message: String, reason: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.reason = reason
    }

    /// What the client is told about `error`, whichever part of the node it came from.
    init(_ error: any Error) {
        if let error = error as? DatabricksError {
            self = error
            return
        }
        let problem = Problem(error)
        self.init(
            problem.code == .conflict ? 409 : problem.status,
            Self.code(of: problem),
            problem.message
        )
        for field in problem.headers { self.headers[field.name.rawName] = field.value }
        if problem.code == .unavailable { self.headers["Retry-After"] = "1" }
    }

    var response: Response {
        var body: JSONValue = ["error_code": .string(self.code), "message": .string(self.message)]
        if let reason = self.reason {
            body["details"] = [
                [
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": .string(reason), "domain": "tarn",
                    "metadata": [:],
                ]
            ]
        }
        var response = Response(value: body, status: HTTPResponse.Status(code: self.status))
        for (name, value) in self.headers {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        return response
    }

    private static func code(of problem: Problem) -> String {
        switch problem.code {
        case .invalidRequest: problem.status == 405 ? "METHOD_NOT_ALLOWED" : "INVALID_PARAMETER_VALUE"
        case .digestMismatch, .queryRejected: "INVALID_PARAMETER_VALUE"
        case .unauthenticated: "UNAUTHENTICATED"
        case .permissionDenied: "PERMISSION_DENIED"
        case .notFound: problem.isUnknownRoute ? "ENDPOINT_NOT_FOUND" : "RESOURCE_DOES_NOT_EXIST"
        case .conflict, .blobMissing: "RESOURCE_CONFLICT"
        case .gone: "RESOURCE_DOES_NOT_EXIST"
        case .tooLarge: "REQUEST_TOO_LARGE"
        case .rateLimited: "REQUEST_LIMIT_EXCEEDED"
        case .unavailable: "TEMPORARILY_UNAVAILABLE"
        case .unknownOutcome: "DEADLINE_EXCEEDED"
        case .internalError: "INTERNAL_ERROR"
        }
    }
}

extension DatabricksError {
    /// A parameter that is missing or has a value that cannot be used.
    static func invalid(_ message: String) -> DatabricksError {
        DatabricksError(400, "INVALID_PARAMETER_VALUE", message)
    }

    static func missing(_ message: String) -> DatabricksError {
        DatabricksError(404, "RESOURCE_DOES_NOT_EXIST", message)
    }

    static func exists(_ message: String) -> DatabricksError {
        DatabricksError(400, "RESOURCE_ALREADY_EXISTS", message)
    }

    /// What would have to run something: Tarn keeps what describes it, and says so rather than pretend.
    static func cannotRun(_ what: String) -> DatabricksError {
        DatabricksError(
            501,
            "FEATURE_DISABLED",
            "\(what) needs compute, and this is a mirror that stores what describes it but runs nothing; "
                + "run it in the Databricks workspace that is mirrored here, or in the one that you restore this into",
            reason: "FEATURE_DISABLED"
        )
    }
}

extension Response {
    /// `value` as `application/json`.
    init(value: JSONValue, status: HTTPResponse.Status = .ok) {
        var writer = JSONWriter(reservingCapacity: 512)
        value.write(to: &writer)
        self.init(json: writer, status: status)
    }

    /// An object without members: some clients read JSON from every answer.
    static var emptyObject: Response { Response(value: [:]) }
}
