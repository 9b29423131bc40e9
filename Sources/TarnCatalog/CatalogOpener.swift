internal import Logging
internal import TarnSQLite

/// Opens the catalog's file, or replaces it by an empty one where it cannot be used.
struct CatalogOpener {
    let configuration: Catalog.Configuration
    let logger: Logger

    func openDatabase() async throws -> SQLiteDatabase {
        let clusterName = self.configuration.clusterName
        do {
            let database = try await self.openFile()
            let isUsable = try await database.access { connection in
                try connection.integer("SELECT count(*) FROM sqlite_schema") != 0
                    && CatalogSchema.isUsable(on: connection, clusterName: clusterName)
            }
            if isUsable { return database }
            try await database.close()
        } catch let error as SQLiteError where error.code == .corrupt || error.code == .failed {
            self.logger.warning("catalog cannot be read", metadata: ["catalog.reason": "\(error.message)"])
        }
        self.logger.info("catalog begins empty", metadata: ["catalog.path": "\(self.configuration.path)"])
        try await SQLiteDatabase.remove(path: self.configuration.path)
        let database = try await self.openFile()
        try await database.write { try CatalogSchema.create(on: $0, clusterName: clusterName) }
        return database
    }

    func openReaders() async throws -> SQLiteReaders {
        let rules = SQLiteRules(
            tables: Set(Catalog.documentation.map(\.name)),
            hiddenTables: CatalogSchema.hiddenTables,
            memoryBytesMax: self.configuration.queryMemoryBytesMax
        )
        return try await SQLiteReaders.open(
            path: self.configuration.path,
            configuration: self.configuration.sqlite,
            count: self.configuration.readersCount,
            waitingMax: self.configuration.waitingQueriesMax
        ) { connection in
            try DatacenterTable.create(on: connection)
            try connection.restrict(to: rules)
        }
    }

    private func openFile() async throws -> SQLiteDatabase {
        try await SQLiteDatabase.open(path: self.configuration.path, configuration: self.configuration.sqlite)
    }
}
