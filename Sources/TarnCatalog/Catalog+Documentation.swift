extension Catalog {
    /// Every view that ``query(_:parameters:allowsTruncation:)`` can read, in the order in which they are best
    /// explained.
    package static let documentation: [ViewDocumentation] = [
        Catalog.entriesView, Catalog.notebooksView, Catalog.directoriesView, Catalog.tablesView, Catalog.tableFilesView,
        Catalog.documentsView, Catalog.changeSetsView, Catalog.datacentersView, Catalog.helpView,
    ]

    /// Views whose rows are read from file contents after the op that brought them.
    static let derivedViews: Set<String> = ["tables", "table_files", "documents"]

    private static let place: [ViewDocumentation.Column] = [
        .init("path", "TEXT", "absolute path; look-ups by it are fast", "e.path"),
        .init("parent", "TEXT", "path of the directory that holds it; look-ups by it are fast", "d.path"),
        .init("name", "TEXT", "last component of the path", "substr(e.path, d.skip)"),
    ]

    private static let times: [ViewDocumentation.Column] = [
        .init("created_at", "TEXT", "RFC 3339, UTC: when the path came to be", ViewDocumentation.time("e.created_at")),
        .init(
            "modified_at",
            "TEXT",
            "RFC 3339, UTC: the file's modification time, or else that of its op",
            ViewDocumentation.time("(e.modified_at / 1000)")
        ),
    ]

    private static let content: [ViewDocumentation.Column] = [
        .init(
            "content",
            "TEXT",
            "SHA-256 of the content, in hex; null for a directory",
            ViewDocumentation.hex("e.content")
        ),
        .init("size", "INTEGER", "bytes", "e.size"),
    ]

    private static let identity = [
        ViewDocumentation.Column("object_id", "INTEGER", "kept by overwrite and move", "e.object_id")
    ]

    private static let notebookKind: [ViewDocumentation.Column] = [
        .init("language", "TEXT", "PYTHON, SQL, SCALA or R, for a notebook", "e.language"),
        .init("format", "TEXT", "SOURCE or JUPYTER, for a notebook", "e.format"),
    ]

    private static let entriesSource = "entry AS e JOIN directory AS d ON d.id = e.directory"

    private static let entriesView = ViewDocumentation(
        "entries",
        "Everything that stands at a path, but for /meta/token, /meta/secret, /meta/secret_scope and /meta/audit.",
        from: Catalog.entriesSource,
        Catalog.place + [
            .init(
                "kind",
                "TEXT",
                "directory, notebook or file",
                "CASE e.kind WHEN 1 THEN 'directory' WHEN 3 THEN 'notebook' ELSE 'file' END"
            )
        ] + Catalog.content + Catalog.identity + Catalog.times + Catalog.notebookKind + [
            .init(
                "attributes",
                "TEXT",
                "JSON object of the attributes that have no column of their own",
                "coalesce(e.attributes, '{}')"
            )
        ]
    )

    private static let notebooksView = ViewDocumentation(
        "notebooks",
        "Notebooks under /workspace.",
        from: "\(Catalog.entriesSource) WHERE e.kind = 3",
        Catalog.place + Catalog.notebookKind + Catalog.content + Catalog.identity + Catalog.times
    )

    private static let directoriesView = ViewDocumentation(
        "directories",
        "Directories.",
        from: "\(Catalog.entriesSource) WHERE e.kind = 1",
        Catalog.place + Catalog.identity + Catalog.times
    )

    private static let documentsView = ViewDocumentation(
        "documents",
        "JSON documents under /meta/<kind>/<id>.json, but for tokens, secrets and audit records.",
        from: "document AS m",
        [
            .init("kind", "TEXT", "job, cluster, permission, …", "m.kind"),
            .init("id", "TEXT", "file name without .json", "m.id"),
            .init("path", "TEXT", "path of the document", "m.path"),
            .init("content", "TEXT", "SHA-256 of the document, in hex", ViewDocumentation.hex("m.content")),
            .init("size", "INTEGER", "bytes", "m.size"),
            .init("json", "TEXT", "the document; null where `trouble` says why", "m.json"),
            .init("trouble", "TEXT", "why the document could not be read, or null", "m.trouble"),
        ]
    )

    private static let changeSetsView = ViewDocumentation(
        "change_sets",
        "The log: one row for each op.",
        from: "change_set AS c LEFT JOIN change_set AS n ON n.op = c.op + 1",
        [
            .init("op", "INTEGER", "number of the change set", "c.op"),
            .init("view", "INTEGER", "view that ordered it", "c.view"),
            .init("time", "TEXT", "RFC 3339, UTC", ViewDocumentation.time("c.time")),
            .init("author", "TEXT", "who asked", "c.author"),
            .init("client", "TEXT", "the asker's client", "c.client"),
            .init("request", "INTEGER", "the client's own number for it", "c.request"),
            .init("kind", "TEXT", "genesis, change_set, noop, gc_floor, reconfigure or policy", "c.kind"),
            .init(
                "changes",
                "INTEGER",
                "entries changed; null for ops that came with a snapshot instead of one by one",
                "c.changes"
            ),
            .init("blobs", "INTEGER", "distinct blobs that it names", "c.blobs"),
            .init("bytes", "INTEGER", "bytes of the files that it names", "c.bytes"),
            .init(
                "entry",
                "TEXT",
                "hash of its log entry, in hex; known once the next op is here",
                ViewDocumentation.hex("n.parent")
            ),
            .init("parent", "TEXT", "hash of the log entry before it, in hex", ViewDocumentation.hex("c.parent")),
            .init("root", "TEXT", "Merkle root after it, in hex", ViewDocumentation.hex("c.root")),
        ]
    )

    private static let datacentersView = ViewDocumentation(
        "datacenters",
        "What this node last heard of each datacentre.",
        from: "",
        [
            .init("dc", "TEXT", "name"),
            .init("role", "TEXT", "primary, standby or observer"),
            .init("url", "TEXT", "API address"),
            .init("reachable", "INTEGER", "1 or 0"),
            .init("view", "INTEGER", "its view"),
            .init("op", "INTEGER", "newest op that it holds"),
            .init("commit_op", "INTEGER", "newest op that it knows to be committed"),
            .init("root", "TEXT", "its Merkle root, in hex"),
            .init("lag_ops", "INTEGER", "ops that it is behind"),
            .init("missing_bytes", "INTEGER", "bytes of blobs that it still lacks"),
            .init("round_trip_ms", "REAL", "milliseconds to it and back; null for this node itself"),
            .init("trouble", "TEXT", "why it does not serve or write, or null"),
        ]
    )

    private static let helpView = ViewDocumentation(
        "tarn_views",
        "This help: every column of every view.",
        from: "view_column AS h",
        [
            .init("view", "TEXT", "name of the view", "h.view"),
            .init("name", "TEXT", "name of the column", "h.name"),
            .init("type", "TEXT", "type of its values", "h.type"),
            .init("meaning", "TEXT", "what they say", "h.meaning"),
        ]
    )
}
