package import Logging
internal import Synchronization
package import TarnCore
internal import TarnSQLite

/// The queryable projection of the namespace and its log.
///
/// It follows the committed ops, never leads them, and holds nothing that cannot be derived again: when its file is
/// absent, damaged, of an older format or of another cluster, it begins empty and the node rebuilds it. One thread
/// writes, a few read; contents of documents, Delta logs and notebooks are read after the transaction that brought
/// them, so that applying ops stays quick.
package final class Catalog: Sendable {
    let configuration: Configuration
    let content: any CatalogContentSource
    let logger: Logger
    let database: SQLiteDatabase
    let readers: SQLiteReaders
    /// Nil when full-text search is switched off.
    let searchIndex: SearchIndex?
    let state: Mutex<CatalogState>
    /// Counts the applied op plus one, so that 0 stands for an empty catalog.
    let appliedWaiters: CounterWaiters
    /// Counts ends of refreshes of derived rows.
    let refreshWaiters: CounterWaiters
    /// Counts transactions of ingest.
    let activity: CounterWaiters
    /// Counts those who ask for something.
    private let questions: CounterWaiters

    private init(
        configuration: Configuration,
        content: any CatalogContentSource,
        logger: Logger,
        database: SQLiteDatabase,
        readers: SQLiteReaders,
        searchIndex: SearchIndex?,
        appliedOp: Op?
    ) {
        self.configuration = configuration
        self.content = content
        self.logger = logger
        self.database = database
        self.readers = readers
        self.searchIndex = searchIndex
        var state = CatalogState()
        state.appliedOp = appliedOp
        self.state = Mutex(state)
        let waitersMax = configuration.waitingTasksMax
        self.appliedWaiters = CounterWaiters(value: appliedOp.map { $0.number + 1 } ?? 0, countMax: waitersMax)
        self.refreshWaiters = CounterWaiters(countMax: waitersMax)
        self.activity = CounterWaiters(countMax: waitersMax)
        self.questions = CounterWaiters(countMax: waitersMax)
    }

    /// Opens the catalog's files, or makes them anew. Throws ``CatalogError``.
    package static func open(
        _ configuration: Configuration,
        content: any CatalogContentSource,
        logger: Logger
    ) async throws -> Catalog {
        do {
            let opener = CatalogOpener(configuration: configuration, logger: logger)
            let database = try await opener.openDatabase()
            let appliedOp = try await database.write { connection in
                let watermark = try LogWriter.watermark(on: connection)
                // Without a watermark, rows are what an unfinished rebuild left behind.
                if watermark == nil { try CatalogSchema.clear(on: connection) }
                return watermark
            }
            let readers = try await opener.openReaders()
            let searchIndex = try await SearchIndex.open(configuration, logger: logger)
            return Catalog(
                configuration: configuration,
                content: content,
                logger: logger,
                database: database,
                readers: readers,
                searchIndex: searchIndex,
                appliedOp: appliedOp
            )
        } catch let error as SQLiteError {
            throw CatalogError(error)
        }
    }

    /// The op whose state queries show, or nil when the catalog is empty or being rebuilt.
    package var appliedOp: Op? {
        self.state.withLock { $0.appliedOp }
    }

    /// Waits until `op` is applied: true then, false after `deadlineMilliseconds`.
    package func wait(for op: Op, deadlineMilliseconds: Int) async throws -> Bool {
        self.noteQuestion()
        return try await self.appliedWaiters.wait(for: op.number + 1, milliseconds: deadlineMilliseconds)
    }

    /// How many queries, searches and waits there were.
    package var questionsCount: UInt64 { self.questions.value }

    func noteQuestion() { self.questions.increment() }

    /// Returns after `milliseconds`, or as soon as there were more than `count` questions; at once when the catalog is
    /// closed or the task cancelled.
    package func rest(milliseconds: Int, unlessAskedSince count: UInt64) async {
        // What ends the wait does not matter.
        _ = try? await self.questions.wait(for: count + 1, milliseconds: milliseconds)
    }

    /// Replaces the rows of the `datacenters` view.
    package func update(datacenters: [DatacenterRow]) async throws {
        self.state.withLock { state in
            guard state.datacenters != datacenters else { return }
            state.datacenters = datacenters
            state.datacentersVersion += 1
        }
    }

    /// Closes the files. Waits and queries that are under way end with code `closed`.
    package func close() async throws {
        let wasOpen = self.state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard wasOpen else { return }
        self.appliedWaiters.close()
        self.refreshWaiters.close()
        self.activity.close()
        self.questions.close()
        self.readers.close()
        do {
            try await self.searchIndex?.close()
            try await self.database.close()
        } catch let error as SQLiteError {
            throw CatalogError(error)
        }
    }

    /// Calls `body`; what SQLite complains about becomes a ``CatalogError``, and a damaged file is removed.
    func translatingErrors<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        let (isClosed, isDamaged) = self.state.withLock { ($0.isClosed, $0.isDamaged) }
        guard !isClosed else { throw CatalogError(.closed, "the catalog is closed") }
        guard !isDamaged else {
            throw CatalogError(.corrupt, "the catalog's file is damaged: open it again and rebuild it")
        }
        do {
            return try await body()
        } catch let error as SQLiteError {
            if error.code == .corrupt { try await self.removeDamagedFile(error) }
            if error.code == .cancelled { throw CancellationError() }
            throw CatalogError(error)
        }
    }

    /// Unlinks the file, so that the next start makes a new one even when this process is killed.
    private func removeDamagedFile(_ error: SQLiteError) async throws {
        let isFirst = self.state.withLock { state in
            defer { state.isDamaged = true }
            return !state.isDamaged
        }
        guard isFirst else { return }
        self.logger.error("catalog is damaged and was removed", metadata: ["catalog.reason": "\(error.message)"])
        try await SQLiteDatabase.remove(path: self.configuration.path)
    }
}
