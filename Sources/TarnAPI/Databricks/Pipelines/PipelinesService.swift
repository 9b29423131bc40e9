internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `/api/2.0/pipelines/*`: pipelines as documents. None of their updates runs here.
struct PipelinesService: Sendable {
    private static let kind = "pipeline"
    private static let pageDefault = 25
    private static let pageMax = 100

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        let prefix = "/api/2.0/pipelines"
        routes.write(.post, prefix) { try await self.create($0) }
        routes.get(prefix) { try await self.list($0) }
        routes.get("\(prefix)/{}") { Response(value: try await self.pipeline($0, $0.id)) }
        routes.write(.put, "\(prefix)/{}") { try await self.edit($0) }
        routes.write(.delete, "\(prefix)/{}") { request in
            let store = DocumentStore(self.context, request)
            guard try await store.delete(Self.kind, request.id, unique: Self.uniqueName) else {
                throw Self.missing(request.id)
            }
            return .emptyObject
        }
        routes.get("\(prefix)/{}/events") { request in
            _ = try await self.pipeline(request, request.segments[0])
            return Response(value: ["events": []])
        }
        routes.get("\(prefix)/{}/updates") { request in
            _ = try await self.pipeline(request, request.segments[0])
            return Response(value: ["updates": []])
        }
        routes.get("\(prefix)/{}/updates/{}") { request in
            throw DatabricksError.missing("Update \(request.id) was not found: none has run here")
        }
        routes.cannotRun(.post, "\(prefix)/{}/updates", "A pipeline's update")
        routes.cannotRun(.post, "\(prefix)/{}/environment/apply", "The environment of a running pipeline")
        routes.write(.post, "\(prefix)/{}/clone") { try await self.clone($0) }
        // It is idle already.
        routes.write(.post, "\(prefix)/{}/stop") { request in
            _ = try await self.pipeline(request, request.segments[0])
            return .emptyObject
        }
    }

    private static let uniqueName = UniqueMember(name: "name") { name in
        DatabricksError(
            409,
            "RESOURCE_CONFLICT",
            "The pipeline name '\(name.display)' is already used by another pipeline."
        )
    }

    /// What no two pipelines share; nil when the client says that the name may be one that another pipeline has.
    private static func unique(_ settings: JSONValue) -> UniqueMember? {
        settings["allow_duplicate_names"]?.boolean == true ? nil : self.uniqueName
    }

    private static func missing(_ id: String) -> DatabricksError {
        .missing("The specified pipeline \(id) was not found.")
    }

    private func pipeline(_ request: DatabricksRequest, _ id: String) async throws -> JSONValue {
        guard let stored = try await DocumentStore(self.context, request).get(Self.kind, id) else {
            throw Self.missing(id)
        }
        return stored.value
    }

    private static func spec(_ body: JSONValue, id: String) -> JSONValue {
        var spec = body
        for member in ["dry_run", "allow_duplicate_names", "expected_last_modified", "pipeline_id"] {
            spec[member] = nil
        }
        spec["id"] = .string(id)
        return spec
    }

    private func create(_ request: DatabricksRequest) async throws -> Response {
        try await self.create(request.body, request)
    }

    /// A pipeline with the settings of another one, but for those that the body names.
    private func clone(_ request: DatabricksRequest) async throws -> Response {
        var settings = try await self.pipeline(request, request.segments[0])["spec"] ?? [:]
        settings["id"] = nil
        guard case .object(let members) = request.body else { return try await self.create(settings, request) }
        for (member, value) in members where !["clone_mode", "expected_last_modified"].contains(member) {
            settings[member] = value
        }
        return try await self.create(settings, request)
    }

    private func create(_ settings: JSONValue, _ request: DatabricksRequest) async throws -> Response {
        let store = DocumentStore(self.context, request)
        let name = settings["name"]
        let id = try DocumentID.uuid.make()
        let spec = Self.spec(settings, id: id)
        if settings["dry_run"]?.boolean == true { return Response(value: ["effective_settings": spec]) }
        var pipeline: JSONValue = [
            "pipeline_id": .string(id),
            "spec": spec,
            "state": "IDLE",
            "creator_user_name": .string(request.userName),
            "run_as_user_name": .string(request.userName),
            "last_modified": .integer(WallClock.microseconds() / 1_000),
        ]
        pipeline["name"] = name
        let made = try await store.create(Self.kind, id, pipeline, unique: Self.unique(settings))
        return Response(value: ["pipeline_id": made.value["pipeline_id"] ?? .null]).stamped(made.receipt)
    }

    private func edit(_ request: DatabricksRequest) async throws -> Response {
        let id = request.id
        let body = request.body
        let store = DocumentStore(self.context, request)
        let changed = try await store.update(Self.kind, id, unique: Self.unique(body)) { pipeline in
            if let expected = body["expected_last_modified"]?.unsigned,
                let present = pipeline["last_modified"]?.unsigned, present > expected
            {
                throw DatabricksError(409, "RESOURCE_CONFLICT", "The pipeline \(id) was changed meanwhile")
            }
            var pipeline = pipeline
            pipeline["spec"] = Self.spec(body, id: id)
            pipeline["name"] = body["name"] ?? pipeline["name"]
            pipeline["last_modified"] = .integer(WallClock.microseconds() / 1_000)
            return pipeline
        }
        if changed == nil { throw Self.missing(id) }
        return .emptyObject
    }

    private func list(_ request: DatabricksRequest) async throws -> Response {
        let size = try request.integer("max_results", in: 0...Self.pageMax) ?? 0
        let filter = try PipelineFilter(try request.string("filter") ?? "")
        let token = PageToken(list: "pipelines \(filter)")
        let page = try await DocumentStore(self.context, request).page(
            Self.kind,
            after: try token.id(in: try request.string("page_token")),
            limit: size == 0 ? Self.pageDefault : size,
            where: { filter.matches($0) }
        )
        let statuses = page.documents.map { $0.value.without("spec").without("last_modified") }
        var answer: JSONValue = statuses.isEmpty ? [:] : ["statuses": .array(statuses)]
        if page.hasMore, let last = page.documents.last {
            answer["next_page_token"] = .string(token.text(after: last.id))
        }
        return Response(value: answer)
    }
}
