/// The state of a Delta table at one version.
package struct TableSnapshot: Hashable, Sendable {
    package let version: Int64
    /// Sorted by path.
    package let files: [TableFile]
    package let metadata: TableMetadata
    package let tableProtocol: TableProtocol
    /// False when commits before or between the replayed ones are missing: the files are then only those that the
    /// replayed commits name.
    package let isComplete: Bool

    package init(
        version: Int64,
        files: [TableFile],
        metadata: TableMetadata,
        tableProtocol: TableProtocol,
        isComplete: Bool
    ) {
        self.version = version
        self.files = files
        self.metadata = metadata
        self.tableProtocol = tableProtocol
        self.isComplete = isComplete
    }

    package var name: String? { self.metadata.name }
    package var format: String { self.metadata.format }
    package var schemaString: String { self.metadata.schemaString }
    package var partitionColumns: [String] { self.metadata.partitionColumns }
    /// Bytes of all files.
    package var size: Int64 { self.files.reduce(0) { $0 &+ $1.size } }
}
