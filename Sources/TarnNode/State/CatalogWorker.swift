internal import Logging
internal import TarnBlobStore
internal import TarnCatalog
internal import TarnCore
internal import TarnMerkle

/// Keeps the catalog at the committed state: batches from the feed, or a rebuild when it missed something.
final class CatalogWorker: Sendable {
    private static let rebuildPageCount = 4_096
    /// From one batch to the next at least, while nobody asks. A catalog that follows op by op writes the same pages
    /// anew for each of them, which takes time from those who commit.
    private static let batchPauseMilliseconds = 250

    private let feed: CatalogFeed
    private let catalog: Catalog
    private let engine: ReplicaEngine
    private let store: BlobStore
    private let logger: Logger

    init(feed: CatalogFeed, catalog: Catalog, engine: ReplicaEngine, store: BlobStore, logger: Logger) {
        self.feed = feed
        self.catalog = catalog
        self.engine = engine
        self.store = store
        self.logger = logger
    }

    /// Runs until the feed is finished or the task cancelled. `isCurrent` tells whether the catalog holds what is
    /// committed already.
    func run(isCurrent: Bool) async {
        var needsRebuild = !isCurrent
        if needsRebuild { needsRebuild = await self.tryRebuild() == false }
        for await _ in self.feed.arrivals {
            // What came before the end is delivered after it too.
            guard !Task.isCancelled else { return }
            let questionsCount = self.catalog.questionsCount
            let (ops, didOverflow) = self.feed.take()
            if needsRebuild || didOverflow || !self.follows(ops) {
                needsRebuild = await self.tryRebuild() == false
                continue
            }
            do {
                try await self.catalog.apply(ops)
            } catch is CancellationError {
                return self.feed.putBack(ops)
            } catch {
                self.logger.error("the catalog could not apply ops; rebuilding it", metadata: ["error": "\(error)"])
                needsRebuild = true
            }
            await self.catalog.rest(milliseconds: Self.batchPauseMilliseconds, unlessAskedSince: questionsCount)
        }
    }

    /// Applies what came last, once ``run(isCurrent:)`` has returned: a catalog that is behind the checkpoint with which
    /// a node ends is rebuilt when it starts again.
    func finish() async {
        let (ops, didOverflow) = self.feed.take()
        guard !didOverflow, !ops.isEmpty, self.follows(ops) else { return }
        do {
            try await self.catalog.apply(ops)
        } catch is CancellationError {
            return
        } catch {
            self.logger.error("the catalog could not apply the last ops", metadata: ["error": "\(error)"])
        }
    }

    /// Whether `ops` begin at or before the op after the catalog's watermark.
    private func follows(_ ops: [AppliedOp]) -> Bool {
        guard let first = ops.first, let applied = self.catalog.appliedOp else { return ops.isEmpty }
        return first.header.op <= applied.next
    }

    private func tryRebuild() async -> Bool {
        do {
            try await self.rebuild()
            return true
        } catch is CancellationError {
            return false
        } catch {
            self.logger.error("the catalog could not be rebuilt", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Fills the catalog from the newest committed state. Ops that commit meanwhile wait in the feed.
    private func rebuild() async throws {
        let (namespace, header) = await self.engine.committed
        let tree = namespace.tree
        self.logger.info("rebuilding the catalog", metadata: ["op": "\(header.op)", "entries": "\(tree.count)"])
        try await self.catalog.beginRebuild()
        var after: NamespacePath?
        while true {
            let page = tree.descendants(of: .root, after: after, limit: Self.rebuildPageCount)
            guard let last = page.last else { break }
            try await self.catalog.appendRebuild(page)
            after = last.0
        }
        try await self.rebuildHistory(before: header.op)
        try await self.catalog.endRebuild(at: header)
    }

    /// Adds the log before `end`. What is missing of it is passed over: a cluster of one may have lost it for good.
    private func rebuildHistory(before end: Op) async throws {
        guard end > .genesis else { return }
        guard let genesis = try await self.store.entry(at: .genesis)?.header else {
            throw NodeError(.internalError, "the log has no genesis")
        }
        try await self.catalog.appendRebuild(history: [genesis])
        var last = Op.genesis
        while last.next < end {
            let page = try await self.store.headers(after: last, limit: Self.rebuildPageCount).filter { $0.op < end }
            if !page.isEmpty { try await self.catalog.appendRebuild(history: page) }
            last = page.last?.op ?? last.next
        }
    }
}
