internal import Hummingbird

/// The shape in which a client expects errors: each API of this listener has its own.
enum ErrorDialect: Sendable {
    case native
    case databricks

    /// The dialect of the API that `path` belongs to; the prefix of a workspace is gone from it.
    init(path: ArraySlice<UInt8>) {
        let isDatabricks = Self.databricksPrefixes.contains { path.starts(with: $0) }
        self = isDatabricks ? .databricks : .native
    }

    func response(to error: any Error) -> Response {
        switch self {
        case .native: Problem(error).response
        case .databricks: (error as? OAuthError)?.response ?? DatabricksError(error).response
        }
    }

    private static let databricksPrefixes = ["/api/", "/oidc/"].map { Array($0.utf8) }
}
