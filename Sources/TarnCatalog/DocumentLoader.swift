internal import TarnCore
internal import TarnSQLite

/// Copies the JSON of documents under `/meta` into their rows.
struct DocumentLoader {
    let catalog: Catalog

    private enum Limits {
        /// Documents read and written in one step.
        static let batchCountMax = 256
    }

    private struct Unread: Sendable {
        let path: String
        let entry: Entry
    }

    /// Reads every document that waits for it; false when `deadline` came first.
    func run(until deadline: ContinuousClock.Instant) async throws -> Bool {
        while true {
            let batch = try await self.nextBatch()
            guard !batch.isEmpty else { return true }
            guard ContinuousClock.now < deadline else { return false }
            var readings: [(Unread, ContentReading)] = []
            for unread in batch {
                let bytesMax = self.catalog.configuration.documentBytesMax
                readings.append((unread, try await self.catalog.read(unread.entry, bytesMax: bytesMax)))
            }
            let outcomes = readings
            try await self.catalog.database.write { connection in
                for (unread, reading) in outcomes { try Self.store(reading, of: unread, on: connection) }
            }
        }
    }

    private func nextBatch() async throws -> [Unread] {
        try await self.catalog.database.access { connection in
            var batch: [Unread] = []
            let statement = try connection.statement(
                """
                SELECT path, content, size, manifest FROM document
                WHERE state <> \(CatalogSchema.ReadState.done) AND state = \(CatalogSchema.ReadState.pending)
                LIMIT \(Limits.batchCountMax)
                """
            )
            try statement.forEachRow { row in
                guard let entry = EntryRow.fileEntry(of: row, at: 1) else { return }
                batch.append(Unread(path: row.text(0), entry: entry))
            }
            return batch
        }
    }

    private static func store(_ reading: ContentReading, of unread: Unread, on connection: SQLiteConnection) throws {
        var json: [UInt8]?
        var trouble: String?
        var state = CatalogSchema.ReadState.done
        switch reading {
        case .bytes(let bytes):
            trouble = self.complaint(about: bytes)
            if trouble == nil { json = bytes }
        case .unreadable(let reason): trouble = reason
        case .failed(let reason):
            trouble = reason
            state = CatalogSchema.ReadState.failed
        }
        let statement = try connection.statement(
            "UPDATE document SET json = ?, trouble = ?, state = ? WHERE path = ? AND content = ?"
        )
        if let json { try statement.bind(1, text: json) } else { try statement.bindNull(1) }
        try statement.bind(2, trouble)
        try statement.bind(3, state)
        try statement.bind(4, unread.path)
        try statement.bind(5, unread.entry.content)
        try statement.run()
    }

    /// Why `bytes` are no JSON document, or nil.
    private static func complaint(about bytes: [UInt8]) -> String? {
        guard String(validating: bytes, as: UTF8.self) != nil else { return "not UTF-8" }
        var reader = JSONReader(bytes)
        do throws(JSONError) {
            try reader.skipValue()
            try reader.expectEnd()
            return nil
        } catch {
            return "not JSON: \(error)"
        }
    }
}
