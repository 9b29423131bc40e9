internal import TarnCore

/// What `jobs/update` makes of a job's settings: members are replaced one by one, tasks and clusters of jobs by their
/// keys.
enum JobSettingsUpdate {
    private static let keyed = ["tasks": "task_key", "job_clusters": "job_cluster_key"]

    static func apply(_ sent: JSONValue, removing removed: [String], to settings: JSONValue) -> JSONValue {
        var result = settings
        self.remove(removed, from: &result)
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

    /// Each path is a member's name, or `tasks/<key>`.
    private static func remove(_ paths: [String], from settings: inout JSONValue) {
        var keys: [String: Set<String>] = [:]
        for path in paths {
            let parts = path.split(separator: "/", maxSplits: 1).map(String.init)
            if parts.count == 2, self.keyed[parts[0]] != nil {
                keys[parts[0], default: []].insert(parts[1])
            } else {
                settings[path] = nil
            }
        }
        for (name, removed) in keys {
            guard let key = self.keyed[name] else { continue }
            settings[name] = .array(
                (settings[name]?.items ?? []).filter { $0[key]?.string.map { !removed.contains($0) } ?? true }
            )
        }
    }

    private static func merged(_ present: [JSONValue], with sent: [JSONValue], by key: String) -> JSONValue {
        var result = present
        // Lists of a job have as many elements as a document holds: each is looked up, not searched for.
        var places: [JSONValue?: Int] = [:]
        for (index, item) in present.enumerated() where places[item[key]] == nil { places[item[key]] = index }
        for item in sent {
            if let index = places[item[key]] {
                result[index] = item
            } else {
                places[item[key]] = result.count
                result.append(item)
            }
        }
        return .array(result)
    }
}
