internal import TarnSQLite

extension Catalog {
    /// Where the catalog lies, whose it is, and what it may use.
    package struct Configuration: Sendable {
        /// The directory of `index.sqlite` and its companions; it must exist.
        package var directory: String
        /// A file of another cluster is replaced by an empty one.
        package var clusterName: String
        package var isSearchEnabled: Bool

        /// Connections for queries, each on a thread of its own.
        package var readersCount = 3
        /// Queries that may wait for a reader before new ones are refused.
        package var waitingQueriesMax = 256
        /// Tasks that may wait for an op.
        package var waitingTasksMax = 16_384
        package var queryTimeMilliseconds = 5_000
        package var queryRowsMax = 10_000
        package var queryResultBytesMax = 16 << 20
        /// Bytes by which the memory of SQLite in this process may grow while a query runs.
        package var queryMemoryBytesMax = 128 << 20
        package var searchHitsMax = 1_000
        /// Ingest must have paused this long before background work goes on.
        package var idleMilliseconds = 2_000
        /// After this time what could not be read is tried again.
        package var retryMilliseconds = 60_000
        /// A larger document of `/meta` is listed without its JSON.
        package var documentBytesMax = 960 << 10
        /// A larger commit of a Delta log is not replayed.
        package var commitBytesMax = 32 << 20
        /// A larger file is not searchable.
        package var searchableBytesMax = 4 << 20
        var sqlite = SQLiteConfiguration()

        package init(directory: String, clusterName: String, isSearchEnabled: Bool) {
            self.directory = directory
            self.clusterName = clusterName
            self.isSearchEnabled = isSearchEnabled
        }

        var path: String { "\(self.directory)/index.sqlite" }
        var searchPath: String { "\(self.directory)/index.sqlite-search" }
    }
}
