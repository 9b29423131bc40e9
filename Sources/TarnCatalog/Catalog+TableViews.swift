extension Catalog {
    private static let tableName: [ViewDocumentation.Column] = [
        .init("catalog", "TEXT", "first component below /tables", "t.catalog"),
        .init("schema", "TEXT", "second component", "t.schema"),
        .init("name", "TEXT", "third component: the table", "t.name"),
    ]

    static let tablesView = ViewDocumentation(
        "tables",
        "Table directories under /tables, with the present snapshot of their Delta logs.",
        from: "delta_table AS t",
        Catalog.tableName + [
            .init("path", "TEXT", "path of the table's directory", "t.path"),
            .init("version", "INTEGER", "newest commit; null without a Delta log", "t.version"),
            .init(
                "format",
                "TEXT",
                "DELTA; null without a Delta log",
                "CASE WHEN t.version IS NOT NULL THEN 'DELTA' END"
            ),
            .init("files", "INTEGER", "data files of the snapshot", "t.files"),
            .init("bytes", "INTEGER", "bytes of these files", "t.bytes"),
            .init(
                "records",
                "INTEGER",
                "rows, deleted ones not counted; null when a file has no statistics",
                "t.records"
            ),
            .init("complete", "INTEGER", "0 when commits are missing, so that files may be as well", "t.complete"),
            .init("table_id", "TEXT", "the table's own id", "t.table_id"),
            .init("table_name", "TEXT", "the table's own name, or null", "t.table_name"),
            .init("description", "TEXT", "the table's own description, or null", "t.description"),
            .init("schema_json", "TEXT", "the schema as the log holds it", "t.schema_json"),
            .init("partition_columns", "TEXT", "JSON array of names", "t.partition_columns"),
            .init("trouble", "TEXT", "why the log could not be replayed to its end, or null", "t.trouble"),
        ]
    )

    static let tableFilesView = ViewDocumentation(
        "table_files",
        "Data files of the tables' present snapshots.",
        from: "delta_file AS f JOIN delta_table AS t ON t.id = f.table_id",
        Catalog.tableName + [
            .init(
                "path",
                "TEXT",
                "path of the file; a URL when it lies elsewhere",
                "CASE WHEN instr(f.path, '://') OR f.path LIKE '/%' THEN f.path ELSE t.path || '/' || f.path END"
            ),
            .init("size", "INTEGER", "bytes", "f.size"),
            .init(
                "modified_at",
                "TEXT",
                "RFC 3339, UTC, as the log says",
                ViewDocumentation.time("(f.modified_at * 1000)")
            ),
            .init("records", "INTEGER", "rows, deleted ones counted, or null", "f.records"),
            .init("deleted_records", "INTEGER", "rows that the deletion vector deletes", "f.deleted_records"),
            .init("partition_values", "TEXT", "JSON object", "f.partition_values"),
            .init("deletion_vector", "TEXT", "JSON object, or null", "f.deletion_vector"),
        ]
    )
}
