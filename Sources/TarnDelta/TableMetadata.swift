/// What a `metaData` action says of a table.
package struct TableMetadata: Hashable, Sendable {
    package var id = ""
    package var name: String?
    package var tableDescription: String?
    /// Provider of the data files' format, in practice `parquet`.
    package var format = ""
    /// The schema as JSON text, as the log holds it.
    package var schemaString = ""
    package var partitionColumns: [String] = []
    package var configuration: [String: String] = [:]
    package var createdTimeMilliseconds: Int64?

    package init() {}
}

/// What a `protocol` action asks of readers and writers.
package struct TableProtocol: Hashable, Sendable {
    package var readerVersionMin: Int64 = 0
    package var writerVersionMin: Int64 = 0
    package var readerFeatures: [String] = []
    package var writerFeatures: [String] = []

    package init() {}
}
