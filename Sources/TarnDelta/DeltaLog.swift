/// Replays the JSON commits of a Delta log, in ascending order of versions, into the table's current snapshot.
///
/// Checkpoints are not read: a log whose first commits are gone gives a snapshot that says so
/// (``TableSnapshot/isComplete``).
package struct DeltaLog: Sendable {
    /// The newest version applied, or nil before the first.
    package private(set) var version: Int64?

    private var files: [TableFile.Key: TableFile] = [:]
    private var metadata: TableMetadata?
    private var tableProtocol: TableProtocol?
    private var isGapless = true

    package init() {}

    /// Replays the commit of `version`, whose JSON lines are `bytes`. A commit that throws changes nothing.
    package mutating func apply(version: Int64, bytes: [UInt8]) throws(DeltaError) {
        try self.apply(DeltaCommit(version: version, bytes: bytes))
    }

    /// Replays a commit that was parsed before.
    package mutating func apply(_ commit: DeltaCommit) throws(DeltaError) {
        guard commit.version > self.version ?? -1 else {
            throw DeltaError(
                .outOfOrder,
                "commit \(commit.version) does not follow commit \(self.version ?? -1) of the same table"
            )
        }
        if commit.version != (self.version ?? -1) + 1 { self.isGapless = false }
        self.version = commit.version
        for action in commit.actions {
            switch action {
            case .add(let file): self.files[file.key] = file
            case .remove(let key): self.files[key] = nil
            case .metadata(let metadata): self.metadata = metadata
            case .tableProtocol(let tableProtocol): self.tableProtocol = tableProtocol
            case .commitInfo: break
            }
        }
    }

    /// The state after the commits so far, or nil before the first.
    package var snapshot: TableSnapshot? {
        guard let version else { return nil }
        return TableSnapshot(
            version: version,
            files: self.files.values.sorted {
                ($0.path, $0.deletionVector?.uniqueID ?? "") < ($1.path, $1.deletionVector?.uniqueID ?? "")
            },
            metadata: self.metadata ?? TableMetadata(),
            tableProtocol: self.tableProtocol ?? TableProtocol(),
            isComplete: self.isGapless && self.metadata != nil && self.tableProtocol != nil
        )
    }
}
