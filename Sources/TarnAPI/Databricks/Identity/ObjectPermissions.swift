/// The levels of permission that objects of one type have.
struct ObjectPermissions: Sendable {
    /// What the answers call an object of this type.
    let objectType: String
    let levels: [String]

    /// `type` as routes spell it.
    init(type: String) {
        self.objectType = Self.objectTypes[type] ?? type
        self.levels = Self.levels[type] ?? ["CAN_VIEW", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"]
    }

    /// What administrators may do.
    var highestLevel: String { self.levels.contains("CAN_MANAGE") ? "CAN_MANAGE" : self.levels.last ?? "CAN_MANAGE" }

    static func describe(_ level: String) -> String {
        "\(level.lowercased().replacing("_", with: " ")) permission on the object"
    }

    private static let objectTypes = [
        "jobs": "job", "clusters": "cluster", "cluster-policies": "cluster-policy", "instance-pools": "instance-pool",
        "notebooks": "notebook", "directories": "directory", "files": "file", "repos": "repo",
        "pipelines": "pipelines", "warehouses": "warehouses", "dashboards": "dashboard", "queries": "query",
        "alerts": "alert", "experiments": "mlflowExperiment", "registered-models": "registered-model",
        "serving-endpoints": "serving-endpoint", "authorization": "authorization",
    ]

    private static let workspaceLevels = ["CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"]
    private static let levels = [
        "jobs": ["CAN_VIEW", "CAN_MANAGE_RUN", "IS_OWNER", "CAN_MANAGE"],
        "pipelines": ["CAN_VIEW", "CAN_RUN", "CAN_MANAGE", "IS_OWNER"],
        "clusters": ["CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"],
        "cluster-policies": ["CAN_USE"],
        "instance-pools": ["CAN_ATTACH_TO", "CAN_MANAGE"],
        "notebooks": Self.workspaceLevels,
        "directories": Self.workspaceLevels,
        "files": Self.workspaceLevels,
        "repos": Self.workspaceLevels,
        "experiments": ["CAN_READ", "CAN_EDIT", "CAN_MANAGE"],
        "warehouses": ["CAN_USE", "CAN_MONITOR", "CAN_VIEW", "IS_OWNER", "CAN_MANAGE"],
        "dashboards": ["CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE", "CAN_VIEW"],
        "authorization": ["CAN_USE"],
    ]
}
