internal import Hummingbird
internal import TarnCore

/// Schedules of dashboards and subscriptions to them: documents below documents, whose ids begin with their parent's.
struct DashboardSchedules: Sendable {
    private static let scheduleKind = "dashboard_schedule"
    private static let subscriptionKind = "dashboard_subscription"
    private static let childrenMax = 1_000

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        let schedules = "/api/2.0/lakeview/dashboards/{}/schedules"
        let subscriptions = "\(schedules)/{}/subscriptions"
        self.register(schedules, Self.scheduleKind, "schedule_id", list: "schedules", in: &routes)
        self.register(subscriptions, Self.subscriptionKind, "subscription_id", list: "subscriptions", in: &routes)
        routes.write(.put, "\(schedules)/{}") { request in
            let id = Self.documentID(request.segments)
            let sent = request.body
            let changed = try await DocumentStore(self.context, request).update(Self.scheduleKind, id) { present in
                guard case .object(let members) = sent else { return present }
                var changed = present
                for (key, value) in members where key != "schedule_id" { changed[key] = value }
                changed["etag"] = .string(try DocumentID.hex.make())
                return changed
            }
            guard let changed else { throw Self.missing(request.id) }
            return Response(value: changed)
        }
    }

    private static func documentID(_ parts: some Sequence<String>) -> String { parts.joined(separator: ".") }

    private static func missing(_ id: String) -> DatabricksError { .missing("\(id) does not exist.") }

    private func register(
        _ pattern: String,
        _ kind: String,
        _ member: String,
        list: String,
        in routes: inout DatabricksRoutes
    ) {
        // The last of a list's segments is what stands behind the parents: nothing.
        let parentCount = pattern.split(separator: "/").count { $0 == "{}" }
        routes.write(.post, pattern) { request in
            let parents = request.segments.prefix(parentCount)
            guard try await DocumentStore(self.context, request).get("dashboard", request.segments[0]) != nil else {
                throw DatabricksError.missing("Unable to find dashboard [dashboardId=\(request.segments[0])]")
            }
            let id = try DocumentID.uuid.make()
            var document = request.body
            for (name, value) in zip(["dashboard_id", "schedule_id"], parents) { document[name] = .string(value) }
            document[member] = .string(id)
            document["etag"] = .string(try DocumentID.hex.make())
            let store = DocumentStore(self.context, request)
            let made = try await store.create(kind, Self.documentID(parents + [id]), document, unique: nil)
            return Response(value: made.value).stamped(made.receipt)
        }
        routes.get(pattern) { request in
            let prefix = Self.documentID(request.segments.prefix(parentCount)) + "."
            let children = try await DocumentStore(self.context, request)
                .list(kind, prefix: prefix, limit: Self.childrenMax)
            return Response(value: .object([list: .array(children.map(\.value))]))
        }
        routes.get("\(pattern)/{}") { request in
            let id = Self.documentID(request.segments)
            guard let stored = try await DocumentStore(self.context, request).get(kind, id) else {
                throw Self.missing(request.id)
            }
            return Response(value: stored.value)
        }
        routes.write(.delete, "\(pattern)/{}") { request in
            let id = Self.documentID(request.segments)
            guard try await DocumentStore(self.context, request).delete(kind, id) else {
                throw Self.missing(request.id)
            }
            return .emptyObject
        }
    }
}
