internal import TarnCore

/// API 2.2 shows at most a hundred elements of a job's lists at once.
enum JobSlices {
    static let countMax = 100
    static let lists = ["tasks", "job_clusters", "parameters", "environments"]

    /// `job` with the elements from `start` on, at most ``countMax`` of each list, and whether more follow.
    static func slice(_ job: JSONValue, from start: Int) -> (job: JSONValue, hasMore: Bool) {
        var job = job
        guard var settings = job["settings"] else { return (job, false) }
        var hasMore = false
        for name in self.lists {
            guard let items = settings[name]?.items, start > 0 || items.count > self.countMax else { continue }
            settings[name] = .array(Array(items.dropFirst(start).prefix(self.countMax)))
            if items.count > start + self.countMax { hasMore = true }
        }
        job["settings"] = settings
        if hasMore { job["has_more"] = true }
        return (job, hasMore)
    }
}
