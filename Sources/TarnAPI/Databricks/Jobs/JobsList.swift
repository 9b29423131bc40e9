internal import Hummingbird
internal import TarnCore

/// `jobs/list`: the newest job first, in pages.
struct JobsList: Sendable {
    private static let limitDefault = 20
    private static let limitMax = 100
    private static let offsetMax = 1_000
    /// API 2.0 has no pages: its clients expect all.
    private static let unpagedMax = 10_000

    let context: DatabricksContext
    let version: JobsVersion

    func answer(_ request: DatabricksRequest) async throws -> Response {
        let name = try request.string("name")
        let isExpanded = try request.flag("expand_tasks")
        let isPaged = self.version != .v20 || request.base.query["limit"] != nil
        let limit =
            isPaged
            ? try request.integer("limit", in: 0...Self.limitMax).flatMap { $0 == 0 ? nil : $0 } ?? Self.limitDefault
            : Self.unpagedMax
        let offset = try request.integer("offset", in: 0...Self.offsetMax) ?? 0
        let token = PageToken(list: "jobs \(name ?? "")")
        let before = try token.id(in: try request.string("page_token"))
        let store = DocumentStore(self.context, request)
        var found: [DocumentStore.Stored] = []
        var skipped = 0
        var hasMore = false
        for id in try await store.ids(JobsService.kind).reversed() {
            if let before, id >= before { continue }
            // Without a filter nothing has to be read of what is skipped.
            if name == nil, skipped < offset {
                skipped += 1
                continue
            }
            if name == nil, found.count == limit {
                hasMore = true
                break
            }
            guard let job = try await store.readable(JobsService.kind, id), Self.isNamed(name, job.value) else {
                continue
            }
            if name != nil, skipped < offset {
                skipped += 1
                continue
            }
            if found.count == limit {
                hasMore = true
                break
            }
            found.append(job)
        }
        return Response(value: self.value(found, hasMore: hasMore, token: token, isExpanded: isExpanded))
    }

    private static func isNamed(_ name: String?, _ job: JSONValue) -> Bool {
        guard let name else { return true }
        return job["settings"]?["name"]?.string?.lowercased() == name.lowercased()
    }

    private func value(
        _ found: [DocumentStore.Stored],
        hasMore: Bool,
        token: PageToken,
        isExpanded: Bool
    ) -> JSONValue {
        var answer: JSONValue = ["has_more": .boolean(hasMore)]
        if !found.isEmpty {
            answer["jobs"] = .array(found.map { self.shown($0.value, isExpanded: isExpanded) })
        }
        if hasMore, let last = found.last { answer["next_page_token"] = .string(token.text(after: last.id)) }
        return answer
    }

    /// From 2.1 on lists leave the tasks out unless they are asked for.
    private func shown(_ job: JSONValue, isExpanded: Bool) -> JSONValue {
        var job = job.without("run_as_user_name")
        if isExpanded { return self.version == .v22 ? JobSlices.slice(job, from: 0).job : job }
        guard self.version != .v20, var settings = job["settings"] else { return job }
        for name in JobSlices.lists { settings[name] = nil }
        job["settings"] = settings
        return job
    }
}
