internal import TarnCore
internal import TarnDelta
internal import TarnSQLite

/// Applies parsed commits to the rows of one table.
struct TableWriter {
    let tableID: Int64
    let connection: SQLiteConnection

    /// Forgets everything that was replayed.
    func reset() throws {
        for table in ["delta_commit", "delta_file"] {
            let statement = try self.connection.statement("DELETE FROM \(table) WHERE table_id = ?")
            try statement.bind(1, self.tableID)
            try statement.run()
        }
        let statement = try self.connection.statement(
            """
            UPDATE delta_table SET version = NULL, table_id = NULL, table_name = NULL, description = NULL,
            schema_json = NULL, partition_columns = NULL, files = NULL, bytes = NULL, records = NULL, complete = NULL
            WHERE id = ?
            """
        )
        try statement.bind(1, self.tableID)
        try statement.run()
    }

    func apply(_ commit: DeltaCommit, content: BlobAddress) throws {
        for action in commit.actions {
            switch action {
            case .add(let file): try self.insert(file)
            case .remove(let key): try self.remove(key)
            case .metadata(let metadata): try self.update(metadata)
            case .tableProtocol, .commitInfo: break
            }
        }
        let insertion = try self.connection.statement("INSERT OR REPLACE INTO delta_commit VALUES (?, ?, ?)")
        try insertion.bind(1, self.tableID)
        try insertion.bind(2, commit.version)
        try insertion.bind(3, content)
        try insertion.run()
    }

    /// Brings the sums up to date. The table counts as read only if its log did not change again since `marks`.
    func finish(marks: Int64, state: Int64, trouble: String?) throws {
        let sums = try self.sums()
        let trouble = trouble ?? sums.trouble
        let statement = try self.connection.statement(
            """
            UPDATE delta_table SET files = ?3, bytes = ?4, records = ?5, (version, complete) = (
                SELECT max(version), count(*) = max(version) + 1 AND delta_table.table_id IS NOT NULL AND ?2 IS NULL
                FROM delta_commit WHERE table_id = delta_table.id
            ), trouble = ?2 WHERE id = ?1
            """
        )
        try statement.bind(1, self.tableID)
        try statement.bind(2, trouble)
        try statement.bind(3, sums.files)
        try statement.bind(4, sums.bytes)
        try statement.bind(5, sums.records)
        try statement.run()
        let empty = try self.connection.statement(
            "UPDATE delta_table SET files = NULL, bytes = NULL, records = NULL, complete = NULL WHERE id = ? AND version IS NULL"
        )
        try empty.bind(1, self.tableID)
        try empty.run()
        let completion = try self.connection.statement("UPDATE delta_table SET state = ? WHERE id = ? AND marks = ?")
        try completion.bind(1, state)
        try completion.bind(2, self.tableID)
        try completion.bind(3, marks)
        try completion.run()
    }

    /// Notes that the table could not be brought up to date, to be tried again later.
    func fail(marks: Int64, trouble: String) throws {
        let statement = try self.connection.statement(
            "UPDATE delta_table SET state = ?, trouble = ? WHERE id = ? AND marks = ?"
        )
        try statement.bind(1, CatalogSchema.ReadState.failed)
        try statement.bind(2, trouble)
        try statement.bind(3, self.tableID)
        try statement.bind(4, marks)
        try statement.run()
    }

    /// What the table's files amount to; nil for what is unknown or too much.
    private struct Sums {
        var files: Int64 = 0
        var bytes: Int64?
        var records: Int64?
        var trouble: String?
    }

    /// Summed in two halves, because a sum that overflows is an error to SQLite, and a log may say what it likes.
    private func sums() throws -> Sums {
        let statement = try self.connection.statement(
            """
            SELECT count(*), sum(size >> 32), sum(size & 4294967295), count(records),
            sum((records - deleted_records) >> 32), sum((records - deleted_records) & 4294967295)
            FROM delta_file WHERE table_id = ?
            """
        )
        try statement.bind(1, self.tableID)
        defer { statement.reset() }
        guard try statement.step() else { return Sums() }
        var sums = Sums(files: statement.integer(0))
        sums.bytes = Self.whole(high: statement.integer(1), low: statement.integer(2))
        if statement.integer(3) == sums.files {
            sums.records = Self.whole(high: statement.integer(4), low: statement.integer(5))
            if sums.records == nil { sums.trouble = "the rows of the table's files are too many to be counted" }
        }
        if sums.bytes == nil { sums.trouble = "the sizes of the table's files are too large to be added" }
        return sums
    }

    private static func whole(high: Int64, low: Int64) -> Int64? {
        let (shifted, isTooLarge) = high.multipliedReportingOverflow(by: 1 << 32)
        let (sum, isSumTooLarge) = shifted.addingReportingOverflow(low)
        return isTooLarge || isSumTooLarge ? nil : sum
    }

    private func insert(_ file: TableFile) throws {
        let statement = try self.connection.statement(
            "INSERT OR REPLACE INTO delta_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        try statement.bind(1, self.tableID)
        try statement.bind(2, file.path)
        try statement.bind(3, file.key.deletionVectorID ?? "")
        try statement.bind(4, file.size)
        try statement.bind(5, file.modificationTimeMilliseconds)
        try statement.bind(6, file.recordCount)
        try statement.bind(7, Self.json(of: file.partitionValues))
        try statement.bind(8, file.deletionVector.map { Self.json(of: $0) })
        try statement.bind(9, file.deletionVector?.cardinality ?? 0)
        try statement.run()
    }

    private func remove(_ key: TableFile.Key) throws {
        let statement = try self.connection.statement(
            "DELETE FROM delta_file WHERE table_id = ? AND path = ? AND vector_id = ?"
        )
        try statement.bind(1, self.tableID)
        try statement.bind(2, key.path)
        try statement.bind(3, key.deletionVectorID ?? "")
        try statement.run()
    }

    private func update(_ metadata: TableMetadata) throws {
        let statement = try self.connection.statement(
            """
            UPDATE delta_table SET table_id = ?, table_name = ?, description = ?, schema_json = ?, partition_columns = ?
            WHERE id = ?
            """
        )
        var columns = JSONWriter()
        columns.beginArray()
        for column in metadata.partitionColumns { columns.string(column) }
        columns.endArray()
        try statement.bind(1, metadata.id)
        try statement.bind(2, metadata.name)
        try statement.bind(3, Self.shown(metadata.tableDescription))
        try statement.bind(4, Self.shown(metadata.schemaString))
        try statement.bind(5, columns.text)
        try statement.bind(6, self.tableID)
        try statement.run()
    }

    /// Bytes of a text that a row shows: queries take no value, and no row that they sort, above 1 MiB.
    private static let textBytesMax = 384 << 10

    private static func shown(_ text: String?) -> String? {
        text.flatMap { $0.utf8.count <= self.textBytesMax ? $0 : nil }
    }

    private static func json(of values: [TableFile.PartitionValue]) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        for value in values {
            writer.key(value.column)
            if let text = value.value { writer.string(text) } else { writer.null() }
        }
        writer.endObject()
        return writer.text
    }

    private static func json(of vector: DeletionVector) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("storageType")
        writer.string(vector.storageType)
        writer.key("pathOrInlineDv")
        writer.string(vector.pathOrInline)
        if let offset = vector.offset {
            writer.key("offset")
            writer.integer(offset)
        }
        writer.key("sizeInBytes")
        writer.integer(vector.sizeBytes)
        writer.key("cardinality")
        writer.integer(vector.cardinality)
        writer.endObject()
        return writer.text
    }
}
