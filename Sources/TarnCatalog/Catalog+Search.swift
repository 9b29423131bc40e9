internal import TarnCore
internal import TarnSQLite

extension Catalog {
    private enum SearchLimits {
        /// Hits that get a snippet, which costs reading their content.
        static let snippetsMax = 20
        static let snippetBytesMax = 1 << 20
        /// Blobs asked of the index for each hit that is wanted, since some are in no path any more.
        static let matchesPerHit = 8
    }

    private struct Place: Sendable {
        let path: NamespacePath
        let entry: Entry
        let isNotebook: Bool
        let language: String?
        let format: String
        let rank: Double
    }

    /// Notebooks and text files under `/workspace` that hold every one of `words`, best first.
    ///
    /// Throws ``CatalogError`` with code `searchDisabled`, `rejected`, `timeout`, `busy` or `corrupt`.
    package func search(_ words: String, limit: Int) async throws -> SearchResult {
        guard let searchIndex else {
            throw CatalogError(.searchDisabled, "full-text search is switched off (search: false)")
        }
        guard (1...self.configuration.searchHitsMax).contains(limit) else {
            throw CatalogError(.rejected, "a search gives 1 to \(self.configuration.searchHitsMax) hits, not \(limit)")
        }
        self.noteQuestion()
        let words = try SearchWords(words)
        let deadline = ContinuousClock.now + .milliseconds(self.configuration.queryTimeMilliseconds)
        let cancellation = SQLiteCancellation()
        return try await withTaskCancellationHandler {
            try await self.translatingErrors {
                let throughOp = try await searchIndex.throughOp()
                var matchesMax = max(1_024, limit * SearchLimits.matchesPerHit)
                while true {
                    let matches = try await searchIndex.matches(
                        words.expression,
                        limit: matchesMax,
                        until: deadline,
                        cancellation: cancellation
                    )
                    let (places, op) = try await self.places(
                        of: matches,
                        limit: limit,
                        until: deadline,
                        cancellation: cancellation
                    )
                    guard places.count < limit, matches.count == matchesMax else {
                        let hits = try await self.hits(at: places, words: words)
                        return SearchResult(hits: hits, throughOp: throughOp, appliedOp: op)
                    }
                    // Too many of the best blobs are dead.
                    matchesMax *= SearchLimits.matchesPerHit
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// Where the blobs of `matches` stand at present, best first, and the op of that present.
    private func places(
        of matches: [SearchIndex.Match],
        limit: Int,
        until deadline: ContinuousClock.Instant,
        cancellation: SQLiteCancellation
    ) async throws -> ([Place], Op) {
        try await self.readers.run { connection in
            try connection.withBudget(until: deadline, cancellation: cancellation) {
                let (watermark, contents, entry) = try connection.withTrust {
                    (
                        try connection.statement("SELECT op FROM state"),
                        try connection.statement(
                            "SELECT content, path FROM entry WHERE path > '/workspace/' AND path < '/workspace0'"
                        ),
                        try connection.statement(
                            "SELECT content, size, manifest, kind, language, format FROM entry WHERE path = ?"
                        )
                    )
                }
                // Not reset before the paths are read, so that all show the same state.
                defer { watermark.reset() }
                guard try watermark.step(), !watermark.isNull(0) else {
                    throw CatalogError(.busy, "the catalog is being rebuilt")
                }
                let op = Op(UInt64(clamping: watermark.integer(0)))
                let ranks = Dictionary(matches.map { ($0.content, $0.rank) }, uniquingKeysWith: { first, _ in first })
                guard !ranks.isEmpty else { return ([], op) }
                var found: [(rank: Double, path: NamespacePath)] = []
                // Every file is looked at, so as few columns as can be; the rest is read of those that are shown.
                try contents.forEachRow { row in
                    guard let content = row.digest(0), let rank = ranks[content] else { return }
                    found.append((rank, NamespacePath(unchecked: row.bytes(1))))
                }
                found.sort { ($0.rank, $0.path) < ($1.rank, $1.path) }
                let places = try found.prefix(limit).compactMap { try Self.place(at: $0.path, rank: $0.rank, entry) }
                return (places, op)
            }
        }
    }

    private static func place(at path: NamespacePath, rank: Double, _ statement: SQLiteStatement) throws -> Place? {
        try statement.bind(1, text: path.utf8)
        defer { statement.reset() }
        guard try statement.step(), let entry = EntryRow.fileEntry(of: statement, at: 0) else { return nil }
        return Place(
            path: path,
            entry: entry,
            isNotebook: statement.integer(3) == CatalogSchema.EntryKind.notebook,
            language: statement.isNull(4) ? nil : statement.text(4),
            format: statement.text(5),
            rank: rank
        )
    }

    private func hits(at places: [Place], words: SearchWords) async throws -> [SearchResult.Hit] {
        var hits: [SearchResult.Hit] = []
        for (index, place) in places.enumerated() {
            var snippet: String?
            if index < SearchLimits.snippetsMax,
                case .bytes(let bytes) = try await self.read(place.entry, bytesMax: SearchLimits.snippetBytesMax)
            {
                let candidate = TextIndexer.Candidate(
                    path: place.path,
                    entry: place.entry,
                    isNotebook: place.isNotebook,
                    format: place.format
                )
                snippet = TextIndexer.searchableText(of: bytes, candidate).flatMap { words.snippet(of: $0) }
            }
            hits.append(
                SearchResult.Hit(path: place.path, language: place.language, snippet: snippet, rank: place.rank)
            )
        }
        return hits
    }
}
