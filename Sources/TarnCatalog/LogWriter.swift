internal import TarnCore
internal import TarnSQLite

/// Writes rows of the log and the watermark.
enum LogWriter {
    /// Records `header`; `changesCount` is nil when only the header is known.
    static func insert(_ header: LogHeader, changesCount: Int?, on connection: SQLiteConnection) throws {
        let statement = try connection.statement(
            "INSERT OR REPLACE INTO change_set VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        try statement.bind(1, Int64(clamping: header.op.number))
        try statement.bind(2, Int64(clamping: header.view.number))
        try statement.bind(3, Int64(clamping: header.timestampMicroseconds))
        try statement.bind(4, header.author)
        try statement.bind(5, header.request.client)
        try statement.bind(6, Int64(clamping: header.request.number))
        try statement.bind(7, self.name(of: header.kind))
        try statement.bind(8, changesCount.map { Int64($0) })
        try statement.bind(9, Int64(clamping: header.closureCount))
        try statement.bind(10, Int64(clamping: header.closureBytesCount))
        try statement.bind(11, header.parent)
        try statement.bind(12, header.root)
        try statement.run()
    }

    /// From now on the catalog shows the state after `header`.
    static func setWatermark(_ header: LogHeader, on connection: SQLiteConnection) throws {
        let statement = try connection.statement("UPDATE state SET op = ?, root = ?")
        try statement.bind(1, Int64(clamping: header.op.number))
        try statement.bind(2, header.root)
        try statement.run()
    }

    /// The op that the catalog shows; nil when it is empty.
    static func watermark(on connection: SQLiteConnection) throws(SQLiteError) -> Op? {
        try connection.integer("SELECT op FROM state").map { Op(UInt64(clamping: $0)) }
    }

    private static func name(of kind: LogHeader.Kind) -> String {
        switch kind {
        case .genesis: "genesis"
        case .changeSet: "change_set"
        case .noop: "noop"
        case .gcFloor: "gc_floor"
        case .reconfigure: "reconfigure"
        case .policy: "policy"
        }
    }
}
