internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// How clients find out where they are and get in: `/.well-known/databricks-config` and OAuth for machines
/// (`/oidc/…`, client credentials).
///
/// The secret of a client is a bearer token of this cluster; its client id is the id or the name that the token was
/// made with.
struct OAuthService: Sendable {
    private static let formBytesMax = 16 << 10

    let context: DatabricksContext
    let accessTokens: AccessTokens?

    func register(in routes: inout DatabricksRoutes) {
        routes.get("/.well-known/databricks-config", .anyone) { Response(value: self.configuration($0)) }
        for path in ["/oidc/.well-known/oauth-authorization-server", "/oidc/.well-known/openid-configuration"] {
            routes.get(path, .anyone) { Response(value: self.metadata($0)) }
        }
        routes.form("/oidc/v1/token", .anyone) { try await self.token($0) }
    }

    // MARK: Discovery

    private func host(_ request: DatabricksRequest) -> String {
        request.host(isTLSEnabled: self.context.isTLSEnabled)
    }

    private func configuration(_ request: DatabricksRequest) -> JSONValue {
        [
            "oidc_endpoint": .string("\(self.host(request))/oidc"),
            "workspace_id": .string(request.workspace.id),
            "account_id": .string(request.workspace.accountID),
            "cloud": "AWS",
        ]
    }

    private func metadata(_ request: DatabricksRequest) -> JSONValue {
        let issuer = "\(self.host(request))/oidc"
        return [
            "issuer": .string(issuer),
            "authorization_endpoint": .string("\(issuer)/v1/authorize"),
            "token_endpoint": .string("\(issuer)/v1/token"),
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": ["token"],
            "scopes_supported": ["all-apis"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        ]
    }

    // MARK: Client credentials

    private func token(_ request: DatabricksRequest) async throws -> Response {
        guard let accessTokens = self.accessTokens else {
            throw DatabricksError(
                501,
                "FEATURE_DISABLED",
                "this cluster has no key for OAuth tokens; put the same keys/secrets.key into every datacentre's folder"
            )
        }
        let body = try await request.base.body(max: Self.formBytesMax)
        let form = try QueryParameters(String(decoding: body, as: UTF8.self)[...])
        guard form["grant_type"] == "client_credentials" else {
            throw Self.refusal(400, "unsupported_grant_type", "grant_type client_credentials is expected")
        }
        let credentials = try self.credentials(request, form)
        guard let (id, secret) = credentials, let token = BearerToken(secret),
            let principal = await self.context.node.authenticate(token: secret),
            id == token.id || id == principal.name
        else {
            var refusal = Self.refusal(401, "invalid_client", "client id and secret are not known here")
            refusal.tokenID = credentials.flatMap { BearerToken($0.secret)?.id }
            throw refusal
        }
        let answer: JSONValue = [
            "access_token": .string(accessTokens.make(forTokenID: token.id)),
            "token_type": "Bearer",
            "expires_in": .integer(AccessTokens.lifetimeSeconds),
            "scope": "all-apis",
        ]
        var response = Response(value: answer)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// Id and secret from HTTP Basic, or else from the form.
    private func credentials(
        _ request: DatabricksRequest,
        _ form: QueryParameters
    ) throws -> (id: String, secret: String)? {
        let scheme = "basic "
        if let header = request.base.headers[.authorization], header.prefix(scheme.count).lowercased() == scheme {
            guard let bytes = Base64.decode(String(header.dropFirst(scheme.count))) else { return nil }
            let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":", maxSplits: 1)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
        guard let id = form["client_id"], let secret = form["client_secret"] else { return nil }
        return (id, secret)
    }

    /// RFC 6749, section 5.2, with the members that clients of Databricks look for.
    private static func refusal(_ status: Int, _ error: String, _ message: String) -> OAuthError {
        OAuthError(status: status, error: error, message: message)
    }
}

/// A refusal of the token endpoint: `{"error", "error_description"}`.
struct OAuthError: Error {
    let status: Int
    let error: String
    let message: String
    /// The part of a refused secret that is none; nil for what is no token's.
    var tokenID: String?

    var response: Response {
        let body: JSONValue = [
            "error": .string(self.error), "error_description": .string(self.message),
            "error_code": .string(self.error.uppercased()), "message": .string(self.message),
        ]
        return Response(value: body, status: HTTPResponse.Status(code: self.status))
    }
}
