internal import HTTPTypes
internal import Hummingbird
internal import TarnCore

/// The routes of a listener: a tree over the segments of their paths, looked up without allocating for what the request
/// does not use.
///
/// A pattern is a path of literal segments and of `{}` (exactly one segment, not empty); the last may be `**` (any
/// number, with the slash before it; none at all is empty). Literals win over `{}`, and `{}` over `**`.
struct RouteTable: Sendable {
    struct Route: Sendable {
        let access: Access
        /// Whether the route belongs to writing, so that a node that does not lead passes it on to the one that does.
        let isForwarded: Bool
        /// Whether losing the primary's answer leaves open what happened: false for what orders nothing.
        let isOrdering: Bool
        /// Whether a bearer's reads wait until this node has what the bearer wrote through it, and its writes wait for
        /// a primary while there is none.
        var isPatient = false
        /// Whether the route is answered when the node answers as many requests as it takes, too.
        var isAlwaysAnswered = false
        let handler: @Sendable (APIRequest) async throws -> Response
        /// Counts the requests of the route's class; set by the table.
        fileprivate(set) var metrics: RouteMetrics?
    }

    /// What a request's path and method led to.
    enum Match: Sendable {
        /// `rest` is what the pattern's last segment left open, `captures` what each `{}` before it stands for.
        case found(Route, rest: ArraySlice<UInt8>, captures: [ArraySlice<UInt8>])
        case wrongMethod(allowed: [HTTPRequest.Method])
        case unknown
    }

    fileprivate struct Endpoint: Sendable {
        var routes: [(method: HTTPRequest.Method, route: Route)] = []

        func match(
            _ method: HTTPRequest.Method,
            rest: ArraySlice<UInt8>,
            _ captures: [ArraySlice<UInt8>]
        ) -> Match {
            for (candidate, route) in self.routes where candidate == method {
                return .found(route, rest: rest, captures: captures)
            }
            if method == .head {
                for (candidate, route) in self.routes where candidate == .get {
                    return .found(route, rest: rest, captures: captures)
                }
            }
            return .wrongMethod(allowed: self.routes.map(\.method))
        }
    }

    private struct Node: Sendable {
        var children: [(segment: [UInt8], index: Int)] = []
        /// Where `{}` leads that is not a pattern's last segment.
        var wildcard: Int?
        var exact: Endpoint?
        var single: Endpoint?
        var catchAll: Endpoint?
    }

    /// What the routes' requests are counted under.
    let classes = RouteClasses()
    private var nodes: [Node] = [Node()]

    /// Adds a route that reads: every node answers it from what it has.
    mutating func read(
        _ pattern: String,
        _ access: Access,
        _ handler: @escaping @Sendable (APIRequest) async throws -> Response
    ) {
        self.add(.get, pattern, Route(access: access, isForwarded: false, isOrdering: false, handler: handler))
    }

    /// Adds a route that tells how the node itself is: without a token, and even when nothing else is answered.
    mutating func tell(_ pattern: String, _ handler: @escaping @Sendable (APIRequest) async throws -> Response) {
        self.add(
            .get,
            pattern,
            Route(access: .anyone, isForwarded: false, isOrdering: false, isAlwaysAnswered: true, handler: handler)
        )
    }

    /// Adds a route whose request has a body but that changes nothing: every node answers it.
    mutating func ask(
        _ pattern: String,
        _ access: Access,
        _ handler: @escaping @Sendable (APIRequest) async throws -> Response
    ) {
        self.add(.post, pattern, Route(access: access, isForwarded: false, isOrdering: false, handler: handler))
    }

    /// Adds a route that prepares a write: the primary answers it.
    mutating func stage(
        _ method: HTTPRequest.Method,
        _ pattern: String,
        _ access: Access,
        _ handler: @escaping @Sendable (APIRequest) async throws -> Response
    ) {
        self.add(method, pattern, Route(access: access, isForwarded: true, isOrdering: false, handler: handler))
    }

    /// Adds a route that writes: the primary answers it.
    mutating func write(
        _ method: HTTPRequest.Method,
        _ pattern: String,
        _ access: Access,
        _ handler: @escaping @Sendable (APIRequest) async throws -> Response
    ) {
        self.add(method, pattern, Route(access: access, isForwarded: true, isOrdering: true, handler: handler))
    }

    /// Where a request for `path` (still encoded, without the query) goes.
    func match(_ method: HTTPRequest.Method, path: [UInt8]) -> Match {
        // The root's own path is no segment at all.
        let path = path == [0x2f] ? [] : path
        var node = 0
        var position = 0
        var captures: [ArraySlice<UInt8>] = []
        var catchAll: (endpoint: Endpoint, rest: Int, captures: [ArraySlice<UInt8>])?
        while true {
            if let endpoint = self.nodes[node].catchAll { catchAll = (endpoint, position, captures) }
            guard position < path.count, path[position] == 0x2f else { break }
            let start = position + 1
            let end = path[start...].firstIndex(of: 0x2f) ?? path.count
            let next = self.nodes[node].children.first {
                // Most differ in their lengths already.
                $0.segment.count == end - start && $0.segment.elementsEqual(path[start..<end])
            }
            if let next {
                node = next.index
            } else if end == path.count, start < end, let endpoint = self.nodes[node].single {
                return endpoint.match(method, rest: path[start..<end], captures)
            } else if start < end, let wildcard = self.nodes[node].wildcard {
                captures.append(path[start..<end])
                node = wildcard
            } else {
                break
            }
            position = end
        }
        if position == path.count, let endpoint = self.nodes[node].exact {
            return endpoint.match(method, rest: [], captures)
        }
        guard let catchAll else { return .unknown }
        // `/v1/namespace/` is the same as `/v1/namespace`: the root.
        let rest = path[catchAll.rest...]
        return catchAll.endpoint.match(method, rest: rest.count == 1 ? [] : rest, catchAll.captures)
    }

    /// Adds a route whose every property the caller decides.
    mutating func add(_ method: HTTPRequest.Method, _ pattern: String, _ route: Route) {
        var node = 0
        var route = route
        route.metrics = self.classes.metrics(of: pattern)
        let segments = pattern.utf8.split(separator: 0x2f).map(Array.init)
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            if isLast, segment.elementsEqual("**".utf8) {
                self.nodes[node].catchAll = self.nodes[node].catchAll.adding(method, route)
                return
            }
            if isLast, segment.elementsEqual("{}".utf8) {
                self.nodes[node].single = self.nodes[node].single.adding(method, route)
                return
            }
            node = self.child(of: node, segment)
        }
        self.nodes[node].exact = self.nodes[node].exact.adding(method, route)
    }

    /// The node behind `segment` of a pattern, made when there is none.
    private mutating func child(of node: Int, _ segment: [UInt8]) -> Int {
        let isWildcard = segment.elementsEqual("{}".utf8)
        let known =
            isWildcard
            ? self.nodes[node].wildcard : self.nodes[node].children.first { $0.segment == segment }?.index
        if let known { return known }
        self.nodes.append(Node())
        let index = self.nodes.count - 1
        if isWildcard {
            self.nodes[node].wildcard = index
        } else {
            self.nodes[node].children.append((segment: segment, index: index))
        }
        return index
    }
}

extension RouteTable.Endpoint? {
    fileprivate func adding(_ method: HTTPRequest.Method, _ route: RouteTable.Route) -> RouteTable.Endpoint {
        var endpoint = self ?? RouteTable.Endpoint()
        precondition(!endpoint.routes.contains { $0.method == method }, "two routes for one method and path")
        endpoint.routes.append((method: method, route: route))
        return endpoint
    }
}
