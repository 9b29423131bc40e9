internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// `/api/2.x/jobs/*`: jobs as documents. Runs belong to the workspace that is mirrored; here there are none.
struct JobsService: Sendable {
    static let kind = "job"

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        for version in [JobsVersion.v20, .v21, .v22] {
            let prefix = "/api/\(version.rawValue)/jobs"
            routes.write(.post, "\(prefix)/create", bodyBytesMax: Limits.documentBytesMax) {
                try await self.create($0)
            }
            routes.get("\(prefix)/get") { try await self.get($0, version) }
            routes.get("\(prefix)/list") { try await JobsList(context: self.context, version: version).answer($0) }
            routes.write(.post, "\(prefix)/reset", bodyBytesMax: Limits.documentBytesMax) { request in
                let settings = try Self.settings(request.body["new_settings"])
                try await self.change(request) { _ in settings }
                return .emptyObject
            }
            routes.write(.post, "\(prefix)/update", bodyBytesMax: Limits.documentBytesMax) {
                try await self.update($0)
            }
            routes.write(.post, "\(prefix)/delete") { request in
                let id = try Self.id(request)
                guard try await DocumentStore(self.context, request).delete(Self.kind, id) else {
                    throw Self.missing(id)
                }
                return .emptyObject
            }
            self.registerRuns(prefix, in: &routes)
        }
        for call in ["get-compliance", "list-compliance"] {
            routes.cannotRun(.get, "/api/2.0/policies/jobs/\(call)", "Checking jobs against policies")
        }
        routes.cannotRun(.post, "/api/2.0/policies/jobs/enforce-compliance", "Enforcing policies on jobs")
    }

    private func registerRuns(_ prefix: String, in routes: inout DatabricksRoutes) {
        for action in ["run-now", "runs/submit", "runs/repair"] {
            routes.cannotRun(.post, "\(prefix)/\(action)", "jobs/\(action)")
        }
        routes.get("\(prefix)/runs/list") { _ in Response(value: ["has_more": false]) }
        for call in ["get", "get-output", "export"] {
            routes.get("\(prefix)/runs/\(call)") { request in throw Self.missingRun(try Self.runID(request)) }
        }
        for action in ["cancel", "delete"] {
            routes.write(.post, "\(prefix)/runs/\(action)") { request in
                throw Self.missingRun(try Self.runID(request))
            }
        }
        // Of the runs that there are, none is left active.
        routes.write(.post, "\(prefix)/runs/cancel-all") { _ in .emptyObject }
    }

    // MARK: Ids and errors

    static func id(_ request: DatabricksRequest) throws -> String {
        let text = try request.requiredString("job_id")
        guard let number = Int64(text) else { throw DatabricksError.invalid("job_id '\(text)' is not a number") }
        return String(number)
    }

    private static func runID(_ request: DatabricksRequest) throws -> String {
        try request.requiredString("run_id")
    }

    static func missing(_ id: String) -> DatabricksError { .invalid("Job \(id) does not exist.") }
    private static func missingRun(_ id: String) -> DatabricksError { .invalid("Run \(id) does not exist.") }

    // MARK: Actions

    private func create(_ request: DatabricksRequest) async throws -> Response {
        let settings = try Self.settings(request.body.without("access_control_list"))
        let id = try DocumentID.number.make()
        let job: JSONValue = [
            "job_id": .number(id),
            "creator_user_name": .string(request.userName),
            "run_as_user_name": .string(request.userName),
            "created_time": .integer(WallClock.microseconds() / 1_000),
            "settings": settings,
        ]
        let store = DocumentStore(self.context, request)
        var changes = [try await store.put(Self.kind, id, job, if: .absent)]
        if let list = request.body["access_control_list"], case .array = list {
            changes.append(
                try await PermissionsService.change(list, type: "jobs", id: id, creator: request.userName, in: store)
            )
        }
        let made = try await store.creating(Self.kind, job) { try await store.commit(changes) }
        return Response(value: ["job_id": made.value["job_id"] ?? .null]).stamped(made.receipt)
    }

    private func get(_ request: DatabricksRequest, _ version: JobsVersion) async throws -> Response {
        let id = try Self.id(request)
        guard let stored = try await DocumentStore(self.context, request).get(Self.kind, id) else {
            throw Self.missing(id)
        }
        guard version == .v22 else { return Response(value: stored.value) }
        let token = PageToken(list: "job \(id)")
        let start = try token.position(in: try request.string("page_token"), upTo: Limits.jobTasksMax)
        var (job, hasMore) = JobSlices.slice(stored.value, from: start)
        if hasMore { job["next_page_token"] = .string(token.text(after: String(start + JobSlices.countMax))) }
        return Response(value: job)
    }

    private func update(_ request: DatabricksRequest) async throws -> Response {
        let sent = request.body["new_settings"] ?? [:]
        let removed = (request.body["fields_to_remove"]?.items ?? []).compactMap(\.string)
        try await self.change(request) { settings in
            try Self.settings(JobSettingsUpdate.apply(sent, removing: removed, to: settings))
        }
        return .emptyObject
    }

    private func change(_ request: DatabricksRequest, _ change: (JSONValue) throws -> JSONValue) async throws {
        let id = try Self.id(request)
        let changed = try await DocumentStore(self.context, request).update(Self.kind, id) { job in
            var job = job
            job["settings"] = try change(job["settings"] ?? [:])
            return job
        }
        if changed == nil { throw Self.missing(id) }
    }

    // MARK: Settings

    /// `sent` with what every job has; throws ``DatabricksError`` for settings that no job can have.
    private static func settings(_ sent: JSONValue?) throws(DatabricksError) -> JSONValue {
        guard var settings = sent, case .object = settings else {
            throw .invalid("Missing required field: new_settings")
        }
        var keys: Set<String> = []
        let tasks = settings["tasks"]?.items ?? []
        guard tasks.count <= Limits.jobTasksMax else {
            throw .invalid("A job has at most \(Limits.jobTasksMax) tasks, not \(tasks.count)")
        }
        for task in tasks {
            guard let key = task["task_key"]?.string, !key.isEmpty else {
                throw .invalid("Missing required field: settings.tasks.task_key")
            }
            guard keys.insert(key).inserted else { throw .invalid("Duplicate task_key '\(key)'") }
        }
        for task in tasks {
            for dependency in (task["depends_on"]?.items ?? []).compactMap({ $0["task_key"]?.string })
            where !keys.contains(dependency) {
                throw .invalid("Task '\(task["task_key"]?.string ?? "")' depends on unknown task '\(dependency)'")
            }
        }
        let defaults: [(String, JSONValue)] = [
            ("name", "Untitled"), ("max_concurrent_runs", 1), ("timeout_seconds", 0), ("email_notifications", [:]),
            ("format", settings["tasks"] == nil ? "SINGLE_TASK" : "MULTI_TASK"),
        ]
        for (key, value) in defaults where settings[key] == nil { settings[key] = value }
        return settings
    }
}

/// Versions of the jobs API, which differ in how lists are cut.
enum JobsVersion: String, Sendable {
    case v20 = "2.0"
    case v21 = "2.1"
    case v22 = "2.2"
}
