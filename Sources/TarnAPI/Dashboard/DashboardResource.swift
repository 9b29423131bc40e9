internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import TarnCore
internal import TarnNode

/// The dashboard: pages made by the node for people, at `/` and below `/ui`.
///
/// Whoever signs in shows a bearer token; pages then tell what that token may read, by the rules of the API.
struct DashboardResource: Sendable {
    let node: any NodeService
    let session: DashboardSession
    let gate: RequestGate
    let tokens: TokenGate
    let audit: AuditRecorder
    private let streams = RequestGate(limit: Limits.dashboardStreamsMax)

    init(
        node: any NodeService,
        isTLSEnabled: Bool,
        gate: RequestGate,
        tokens: TokenGate,
        audit: AuditRecorder
    ) {
        self.node = node
        self.session = DashboardSession(isSecure: isTLSEnabled)
        self.gate = gate
        self.tokens = tokens
        self.audit = audit
    }

    func register(in routes: inout RouteTable) {
        self.asset("/ui/style.css", "text/css; charset=utf-8", DashboardAssets.style, &routes)
        self.asset("/ui/live.js", "text/javascript; charset=utf-8", DashboardAssets.script, &routes)
        self.asset("/ui/icon.svg", "image/svg+xml", DashboardAssets.icon, &routes)
        routes.read("/ui/login", .anyone) { LoginPage(resource: self).show($0) }
        routes.ask("/ui/login", .anyone) { try await LoginPage(resource: self).signIn($0) }
        routes.ask("/ui/logout", .anyone) { try await LoginPage(resource: self).signOut($0) }
        self.page("/", &routes) { try await OverviewPage(visit: $0).response() }
        self.page("/ui/health", &routes) { try await HealthPage(visit: $0).response() }
        self.page("/ui/browse/**", &routes) { try await BrowsePage(visit: $0).response() }
        self.page("/ui/raw/**", &routes) { try await RawFile(visit: $0).response() }
        self.page("/ui/proof/**", &routes) { try await ProofPage(visit: $0).response() }
        self.page("/ui/history/**", &routes) { try await HistoryPage(visit: $0).response() }
        self.page("/ui/diff/**", &routes) { try await VersionsPage(visit: $0).response() }
        self.page("/ui/log", &routes) { try await LogPage(visit: $0).list() }
        self.page("/ui/log/{}", &routes) { try await LogPage(visit: $0).one() }
        self.page("/ui/search", &routes) { try await SearchPage(visit: $0).response() }
        self.page("/ui/storage", &routes) { try await StoragePage(visit: $0).response() }
        self.page("/ui/drills", &routes) { try await DrillsPage(visit: $0).list() }
        self.page("/ui/drills/{}", &routes) { try await DrillsPage(visit: $0).one() }
        self.page("/ui/audit", &routes) { try await AuditPage(visit: $0).response() }
        self.page("/ui/events", &routes) { try LiveFigures(visit: $0, streams: self.streams).response() }
    }

    private func asset(_ path: String, _ type: String, _ text: String, _ routes: inout RouteTable) {
        routes.read(path, .anyone) { _ in
            Response(
                status: .ok,
                headers: [.contentType: type, .cacheControl: "max-age=300", .xContentTypeOptions: "nosniff"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text))
            )
        }
    }

    /// A page for those who have signed in; others are asked to. What goes wrong becomes a page as well.
    private func page(
        _ pattern: String,
        _ routes: inout RouteTable,
        _ make: @escaping @Sendable (DashboardVisit) async throws -> Response
    ) {
        routes.read(pattern, .anyone) { request in
            guard let token = self.session.token(of: request),
                let principal = await self.node.authenticate(token: token)
            else { return Self.redirect("/ui/login") }
            guard let permit = self.gate.enter() else {
                return self.failure(Problem(.rateLimited, "the node is answering as many requests as it takes"))
            }
            var request = request
            defer { withExtendedLifetime((permit, request.permit)) {} }
            switch self.tokens.enter(principal, now: WallClock.monotonicNanoseconds()) {
            case .admitted(nil): break
            case .admitted(let own?): request.permit = request.permit.map { RequestPermit($0, own) } ?? own
            case .refused:
                return self.failure(
                    Problem(.rateLimited, "token '\(principal.name)' made as many requests as it may; wait a moment")
                )
            }
            let visit = DashboardVisit(
                request: request,
                principal: principal,
                token: token,
                formCode: self.session.formCode(for: token),
                node: self.node
            )
            do {
                return try await make(visit)
            } catch {
                return self.failure(Problem(error), visit)
            }
        }
    }

    /// A page that says what is wrong and where to go on.
    func failure(_ problem: Problem, _ visit: DashboardVisit? = nil) -> Response {
        var page =
            visit?.page("That did not work", nil)
            ?? DashboardPage("That did not work", tab: nil, datacenter: self.node.datacenter)
        page.status = HTTPResponse.Status(code: problem.status)
        page.body.element("p", [("class", "note problem"), ("role", "alert")], problem.message)
        page.body.element("p") { $0.link("/", "Back to the cluster") }
        return page.response
    }

    static func redirect(_ target: String, cookies: [String] = []) -> Response {
        var headers: HTTPFields = [.location: target, .cacheControl: "no-store"]
        for cookie in cookies { headers.append(HTTPField(name: .setCookie, value: cookie)) }
        return Response(status: .seeOther, headers: headers)
    }
}
