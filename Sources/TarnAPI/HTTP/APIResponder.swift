internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import TarnCore
internal import TarnNode

/// Answers every request of a listener: one short chain from head to handler, so that a point look-up pays for nothing
/// else.
///
/// Admission, route, bearer, freshness, forwarding, handler; then the answer is stamped. What throws anywhere becomes a
/// ``Problem``.
struct APIResponder: HTTPResponder {
    typealias Context = APIContext

    let node: any NodeService
    let routes: RouteTable
    let forwarder: RequestForwarder
    let gate: RequestGate
    let numbers: RequestNumbers
    let metrics: APIMetrics
    let audit: AuditRecorder
    /// Knows OAuth's access tokens; nil for a cluster that gives out none.
    let accessTokens: AccessTokens?
    let tokens: TokenGate
    /// Counts those who show no token apart, so that they cannot turn away those who do.
    let openGate = RequestGate(limit: Limits.apiOpenRequestsMax, bodyBytesMax: Limits.apiOpenBodyBytesMax)
    let ownWrites = OwnWrites()

    func respond(to request: Request, context: APIContext) async throws -> Response {
        let start = WallClock.monotonicNanoseconds()
        let target = RequestTarget(request.head.path ?? "/")
        var metrics = self.routes.classes.unknown
        var response: Response
        do {
            let id = try self.requestID(of: request)
            let origin = self.origin(of: request, id: id, context)
            response = await RequestOrigin.$current.withValue(origin) {
                await self.answer(request, target, id: id, logger: context.logger, &metrics)
            }
            response.headers[.tarnRequest] = id.description
            self.log(request, id: id, origin, metrics, status: response.status.code, since: start, context.logger)
        } catch {
            response = target.dialect.response(to: error)
        }
        metrics.note(status: response.status.code, nanoseconds: WallClock.monotonicNanoseconds() - start)
        if response.headers[.tarnOp] == nil {
            let head = self.node.head
            response.stamp(op: head.op, root: head.root)
        }
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func origin(of request: Request, id: TarnCore.RequestID, _ context: APIContext) -> RequestOrigin {
        let caller = request.headers[.traceParent].flatMap { TraceContext($0) }
        let source = request.headers[.tarnForwardedFor].flatMap { self.node.credential.source(in: $0, of: id) }
        return RequestOrigin(
            source: source ?? context.source,
            trace: caller?.child(random: .random(in: 1 ... .max)),
            isForwarded: source != nil
        )
    }

    private func log(
        _ request: Request,
        id: TarnCore.RequestID,
        _ origin: RequestOrigin,
        _ metrics: RouteMetrics,
        status: Int,
        since start: UInt64,
        _ logger: Logger
    ) {
        guard logger.logLevel <= origin.logLevel else { return }
        var metadata = origin.metadata(of: id)
        metadata["http.method"] = "\(request.method.rawValue)"
        metadata["http.route"] = "\(metrics.name)"
        metadata["http.status"] = "\(status)"
        metadata["microseconds"] = "\((WallClock.monotonicNanoseconds() - start) / 1_000)"
        logger.log(level: origin.logLevel, "request answered", metadata: metadata)
    }

    private func requestID(of request: Request) throws -> TarnCore.RequestID {
        if let text = request.headers[.tarnRequest] { return try TarnCore.RequestID(text) }
        return try self.numbers.next()
    }

    private func answer(
        _ request: Request,
        _ target: RequestTarget,
        id: TarnCore.RequestID,
        logger: Logger,
        _ metrics: inout RouteMetrics
    ) async -> Response {
        do {
            return try await self.handle(request, target, id: id, logger: logger, &metrics)
        } catch {
            // Who has no token yet shows its secret in the body.
            if let refusal = error as? OAuthError, refusal.status == 401 { self.noteLoginFailure(refusal.tokenID) }
            let response = target.dialect.response(to: error)
            if response.status == .internalServerError {
                var metadata = RequestOrigin.current?.metadata(of: id) ?? [:]
                metadata["error"] = "\(error)"
                logger.error("request failed", metadata: metadata)
            }
            return response
        }
    }

    private func handle(
        _ request: Request,
        _ target: RequestTarget,
        id: TarnCore.RequestID,
        logger: Logger,
        _ metrics: inout RouteMetrics
    ) async throws -> Response {
        let targetBytesCount = request.head.path?.utf8.count ?? 0
        guard targetBytesCount <= Limits.requestTargetBytesMax else {
            throw Problem(.tooLarge, "the request's target has \(targetBytesCount) bytes", status: 414)
        }
        let (route, rest, captures) = try self.route(request.method, target.path)
        if let counted = route.metrics { metrics = counted }
        let permit = try self.permit(for: route)
        let principal = try await self.principal(of: request, for: route)
        let held = try self.hold(permit, for: principal)
        let prepared = APIRequest(
            http: request,
            query: try QueryParameters(target.query),
            rest: Array(rest),
            captures: captures.map(Array.init),
            workspace: target.workspace,
            id: id,
            principal: principal,
            logger: logger,
            permit: held
        )
        if let principal {
            let isPathRoute = if case .path = route.access { true } else { false }
            try route.access.check(principal, path: isPathRoute ? try prepared.path() : nil)
        }
        // Only the primary can tell whether it has seen everything.
        let isLinearizable = !route.isForwarded && prepared.query["read"] == "linearizable"
        if route.isPatient, !isLinearizable { return try await self.answerPatiently(prepared, by: route) }
        if route.isForwarded || isLinearizable, let primary = self.node.primaryURL {
            return try await self.forwarder.forward(
                prepared,
                to: primary,
                from: self.node.datacenter,
                isOrdering: route.isOrdering
            )
        }
        return try await self.answerHere(prepared, by: route)
    }

    /// Health is told even when nothing else is.
    private func permit(for route: RouteTable.Route) throws(Problem) -> RequestPermit? {
        if route.isAlwaysAnswered { return nil }
        guard let permit = (route.access == .anyone ? self.openGate : self.gate).enter() else {
            self.metrics.note(refusal: .load)
            throw Problem(
                .rateLimited,
                "the node is answering as many requests as it takes",
                headers: [.retryAfter: "1"]
            )
        }
        return permit
    }

    /// The permit with that of the bearer's token, where the token has limits that another node has not counted.
    private func hold(_ permit: RequestPermit?, for principal: Principal?) throws(Problem) -> RequestPermit? {
        guard let permit, let principal, RequestOrigin.current?.isForwarded != true else { return permit }
        switch self.tokens.enter(principal, now: WallClock.monotonicNanoseconds()) {
        case .admitted(nil): return permit
        case .admitted(let own?): return RequestPermit(permit, own)
        case .refused(let refusal, let seconds):
            self.metrics.note(refusal: refusal)
            let limit = refusal == .rate ? "requests a second" : "requests at a time"
            throw Problem(
                .rateLimited,
                "token '\(principal.name)' made as many \(limit) as it may",
                headers: [.retryAfter: String(seconds)]
            )
        }
    }

    private func route(
        _ method: HTTPRequest.Method,
        _ path: ArraySlice<UInt8>
    ) throws(Problem) -> (RouteTable.Route, rest: ArraySlice<UInt8>, captures: [ArraySlice<UInt8>]) {
        switch self.routes.match(method, path: Array(path)) {
        case .found(let route, let rest, let captures):
            return (route, rest, captures)
        case .wrongMethod(let allowed):
            throw Problem.methodNotAllowed(method, path: String(decoding: path, as: UTF8.self), allowed: allowed)
        case .unknown:
            var problem = Problem(.notFound, "there is no route \(String(decoding: path.prefix(200), as: UTF8.self))")
            problem.isUnknownRoute = true
            throw problem
        }
    }

    private func principal(of request: Request, for route: RouteTable.Route) async throws -> Principal? {
        if route.access == .anyone { return nil }
        guard let header = request.headers[.authorization] else {
            throw Problem(
                .unauthenticated,
                "a token is needed: Authorization: Bearer <token>",
                headers: [.wwwAuthenticate: "Bearer"]
            )
        }
        let scheme = "bearer "
        let text = String(header.dropFirst(scheme.utf8.count))
        guard header.utf8.count > scheme.utf8.count, header.prefix(scheme.utf8.count).lowercased() == scheme,
            let principal = await self.bearer(of: text)
        else {
            self.noteLoginFailure(BearerToken(text)?.id)
            throw Problem(.unauthenticated, "the token is not known here", headers: [.wwwAuthenticate: "Bearer"])
        }
        return principal
    }

    private func noteLoginFailure(_ tokenID: String?) {
        self.metrics.noteLoginFailure()
        self.audit.noteLoginFailure(source: RequestOrigin.current?.source ?? "", tokenID: tokenID)
    }

    private func bearer(of token: String) async -> Principal? {
        if token.hasPrefix(AccessTokens.prefix) { return await self.accessTokens?.principal(of: token) }
        return await self.node.authenticate(token: token)
    }
}

/// What the server knows about a request besides the request.
struct APIContext: InitializableFromSource {
    let logger: Logger
    /// The client's network address, or empty.
    let source: String

    init(source: ApplicationRequestContextSource) {
        self.init(logger: source.logger, source: source.channel.remoteAddress?.ipAddress ?? "")
    }

    init(logger: Logger, source: String) {
        self.logger = logger
        self.source = source
    }
}
