internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// Signing in with a bearer token, and out.
struct LoginPage: Sendable {
    let resource: DashboardResource

    func show(_ request: APIRequest) -> Response {
        self.page(problem: nil)
    }

    func signIn(_ request: APIRequest) async throws -> Response {
        let form = try await DashboardSession.form(request)
        do {
            try self.resource.session.check(form, of: request, cookie: DashboardSession.formCookie)
        } catch {
            return self.page(problem: error.message)
        }
        let token = String((form["token"] ?? "").filter { !$0.isWhitespace })
        guard await self.resource.node.authenticate(token: token) != nil else {
            self.resource.audit.noteLoginFailure(
                source: RequestOrigin.current?.source ?? "",
                tokenID: BearerToken(token)?.id
            )
            return self.page(problem: "This token is not known here, or it has expired or been revoked.")
        }
        let session = self.resource.session
        return DashboardResource.redirect(
            "/",
            cookies: [
                session.setting(DashboardSession.cookie, to: token),
                session.setting(DashboardSession.formCookie, to: nil),
            ]
        )
    }

    func signOut(_ request: APIRequest) async throws -> Response {
        let form = try await DashboardSession.form(request)
        do {
            try self.resource.session.check(form, of: request, cookie: DashboardSession.cookie)
        } catch {
            return self.resource.failure(error)
        }
        return DashboardResource.redirect(
            "/ui/login",
            cookies: [self.resource.session.setting(DashboardSession.cookie, to: nil)]
        )
    }

    /// The form, whose code belongs to a fresh cookie that comes with it.
    private func page(problem: String?) -> Response {
        let cookie = Hex.encode((0..<16).map { _ in UInt8.random(in: 0 ... .max) })
        var page = DashboardPage("Sign in", tab: nil, datacenter: self.resource.node.datacenter)
        if problem != nil { page.status = .forbidden }
        if let problem { page.body.element("p", [("class", "note problem"), ("role", "alert")], problem) }
        page.body.element("form", [("method", "post"), ("action", "/ui/login")]) { html in
            html.void(
                "input",
                [("type", "hidden"), ("name", "code"), ("value", self.resource.session.formCode(for: cookie))]
            )
            html.element("p") { html in
                html.element("label", [("for", "token")], "Bearer token")
                html.void(
                    "input",
                    [
                        ("type", "password"), ("id", "token"), ("name", "token"), ("required", ""), ("autofocus", ""),
                        ("autocomplete", "current-password"), ("maxlength", "400"),
                    ]
                )
            }
            html.element("button", [("class", "main")], "Sign in")
        }
        page.body.element("p", [("class", "soft")]) { html in
            html.text("An administrator makes a token that may read with ")
            html.element("code", "tarn token create NAME")
            html.text(".")
        }
        var response = page.response
        let header = self.resource.session.setting(DashboardSession.formCookie, to: cookie)
        response.headers.append(HTTPField(name: .setCookie, value: header))
        return response
    }
}
