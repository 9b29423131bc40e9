internal import TarnCore

/// What `jobs/update` makes of a job's settings: members are replaced one by one, tasks and clusters of jobs by their
/// keys.
enum JobSettingsUpdate {
    private static let keyed = ["tasks": "task_key", "job_clusters": "job_cluster_key"]

    static func apply(_ sent: JSONValue, removing removed: [String], to settings: JSONValue) -> JSONValue {
        var result = settings
        for path in removed { self.remove(path, from: &result) }
        guard case .object(let members) = sent else { return result }
        for (name, value) in members {
            if let key = self.keyed[name] {
                result[name] = self.merged(result[name]?.items ?? [], with: value.items, by: key)
            } else {
                result[name] = value
            }
        }
        return result
    }

    /// `path` is a member's name, or `tasks/<key>`.
    private static func remove(_ path: String, from settings: inout JSONValue) {
        let parts = path.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, let key = self.keyed[parts[0]] else {
            settings[path] = nil
            return
        }
        settings[parts[0]] = .array((settings[parts[0]]?.items ?? []).filter { $0[key]?.string != parts[1] })
    }

    private static func merged(_ present: [JSONValue], with sent: [JSONValue], by key: String) -> JSONValue {
        var result = present
        for item in sent {
            if let index = result.firstIndex(where: { $0[key] == item[key] }) {
                result[index] = item
            } else {
                result.append(item)
            }
        }
        return .array(result)
    }
}
