internal import TarnCore
internal import TarnSQLite

/// One row of the `entry` table: an entry with the attributes that have columns taken apart.
struct EntryRow {
    static let insertion = "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

    private var kind: Int64
    private var objectID: Int64?
    private var createdAt: Int64?
    private var modifiedAt: Int64?
    private var language: String?
    private var format: String?
    private var others: [Attributes.Pair] = []
    private let entry: Entry

    init(_ entry: Entry) {
        self.entry = entry
        self.kind = entry.isDirectory ? CatalogSchema.EntryKind.directory : CatalogSchema.EntryKind.file
        for pair in entry.attributes.pairs where !self.take(pair) { self.others.append(pair) }
    }

    var isNotebook: Bool { self.kind == CatalogSchema.EntryKind.notebook }

    /// Runs the statement of ``insertion``.
    func insert(path: [UInt8], directory: Int64, with statement: SQLiteStatement) throws(SQLiteError) {
        try statement.bind(1, text: path)
        try statement.bind(2, directory)
        try statement.bind(3, self.kind)
        try statement.bind(4, self.entry.isDirectory ? nil : self.entry.content)
        try statement.bind(5, Int64(clamping: self.entry.size))
        try statement.bind(6, self.entry.manifest)
        try statement.bind(7, self.objectID)
        try statement.bind(8, self.createdAt)
        try statement.bind(9, self.modifiedAt)
        try statement.bind(10, self.language)
        try statement.bind(11, self.format)
        try statement.bind(12, self.othersJSON)
        try statement.run()
    }

    /// A file's entry from columns `content, size, manifest` that begin at `index`; nil for a row that holds none.
    static func fileEntry(of statement: SQLiteStatement, at index: Int) -> Entry? {
        guard let content = statement.digest(index) else { return nil }
        return try? Entry.file(
            content: content,
            size: UInt64(clamping: statement.integer(index + 1)),
            manifest: statement.digest(index + 2)
        )
    }

    /// Whether `pair` found a column; a value that is not of the column's type stays among the others.
    private mutating func take(_ pair: Attributes.Pair) -> Bool {
        switch pair.key {
        case Attributes.Key.objectID: return Self.take(pair.value, into: &self.objectID)
        case Attributes.Key.createdAt: return Self.take(pair.value, into: &self.createdAt)
        case Attributes.Key.modifiedAt: return Self.take(pair.value, into: &self.modifiedAt)
        case Attributes.Key.language: self.language = pair.value
        case Attributes.Key.format: self.format = pair.value
        case Attributes.Key.kind:
            guard pair.value == "notebook", !self.entry.isDirectory else { return false }
            self.kind = CatalogSchema.EntryKind.notebook
        default: return false
        }
        return true
    }

    private static func take(_ text: String, into column: inout Int64?) -> Bool {
        column = Int64(text)
        return column != nil
    }

    private var othersJSON: String? {
        guard !self.others.isEmpty else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        for pair in self.others {
            writer.key(pair.key)
            writer.string(pair.value)
        }
        writer.endObject()
        return writer.text
    }
}
