internal import TarnCore
internal import TarnNotebook
internal import TarnSQLite

/// Brings the search index up to date with the files under `/workspace`.
struct TextIndexer {
    let catalog: Catalog
    let index: SearchIndex

    private enum Limits {
        /// Paths looked at in one step.
        static let pageCountMax = 512
        /// Text held while it waits to be indexed.
        static let batchBytesMax = 8 << 20
        /// Dead rows that are never worth a new index.
        static let deadRowsMin = 1_024
    }

    /// A file that may have to be indexed.
    struct Candidate: Sendable {
        let path: NamespacePath
        let entry: Entry
        let isNotebook: Bool
        let format: String
    }

    enum Outcome {
        /// All was looked at; the content at these paths could not be read.
        case finished(unread: Set<NamespacePath>)
        case stopped
    }

    /// Looks at all of `backlog`, asking `shouldStop` between steps.
    func run(_ backlog: CatalogState.TextBacklog, shouldStop: @Sendable () -> Bool) async throws -> Outcome {
        switch backlog {
        case .everything: return try await self.runEverything(shouldStop: shouldStop)
        case .paths(let paths):
            var unread: Set<NamespacePath> = []
            var rest = paths.sorted()[...]
            while !rest.isEmpty {
                if shouldStop() { return .stopped }
                let page = Array(rest.prefix(Limits.pageCountMax))
                rest = rest.dropFirst(page.count)
                unread.formUnion(try await self.index(try await self.candidates(at: page)))
            }
            return .finished(unread: unread)
        }
    }

    private func runEverything(shouldStop: @Sendable () -> Bool) async throws -> Outcome {
        var unread: Set<NamespacePath> = []
        // Eight bytes of each content are enough to count them.
        var live: Set<UInt64> = []
        var last = NamespacePath(unchecked: SearchIndex.pathPrefix)
        while true {
            if shouldStop() { return .stopped }
            let page = try await self.candidates(after: last)
            guard let end = page.last else { break }
            last = end.path
            for candidate in page { live.insert(candidate.entry.content.word0) }
            unread.formUnion(try await self.index(page))
        }
        let deadCount = try await self.index.indexedCount - live.count
        guard deadCount > max(live.count, Limits.deadRowsMin) else { return .finished(unread: unread) }
        try await self.index.removeAll()
        return try await self.runEverything(shouldStop: shouldStop)
    }

    /// Indexes those of `candidates` whose content is new, and returns the paths of those that cannot be read now.
    private func index(_ candidates: [Candidate]) async throws -> [NamespacePath] {
        var unread: [NamespacePath] = []
        var missing = try await self.index.missing(of: candidates.map(\.entry.content))
        var documents: [SearchIndex.Document] = []
        var bytesCount = 0
        for candidate in candidates where missing.remove(candidate.entry.content) != nil {
            guard let document = try await self.document(for: candidate) else {
                unread.append(candidate.path)
                continue
            }
            documents.append(document)
            bytesCount += document.text?.count ?? 0
            if bytesCount > Limits.batchBytesMax {
                try await self.index.insert(documents)
                documents = []
                bytesCount = 0
            }
        }
        if !documents.isEmpty { try await self.index.insert(documents) }
        return unread
    }

    /// What to index for `candidate`; nil when its content cannot be read now.
    private func document(for candidate: Candidate) async throws -> SearchIndex.Document? {
        let content = candidate.entry.content
        switch try await self.catalog.read(candidate.entry, bytesMax: self.catalog.configuration.searchableBytesMax) {
        case .failed: return nil
        case .unreadable: return SearchIndex.Document(content: content, text: nil)
        case .bytes(let bytes):
            return SearchIndex.Document(content: content, text: Self.searchableText(of: bytes, candidate))
        }
    }

    static func searchableText(of bytes: [UInt8], _ candidate: Candidate) -> [UInt8]? {
        if candidate.isNotebook, let format = NotebookFormat(rawValue: candidate.format) {
            return try? SourceText.extract(from: bytes, format: format)
        }
        return bytes.contains(0) || String(validating: bytes, as: UTF8.self) == nil ? nil : bytes
    }

    private static let columns = "path, content, size, manifest, kind, format"

    private static func candidate(of row: SQLiteStatement) -> Candidate? {
        guard let entry = EntryRow.fileEntry(of: row, at: 1) else { return nil }
        return Candidate(
            path: NamespacePath(unchecked: row.bytes(0)),
            entry: entry,
            isNotebook: row.integer(4) == CatalogSchema.EntryKind.notebook,
            format: row.text(5)
        )
    }

    private func candidates(after path: NamespacePath) async throws -> [Candidate] {
        try await self.catalog.readers.run { connection in
            let statement = try connection.withTrust {
                try connection.statement(
                    """
                    SELECT \(Self.columns) FROM entry WHERE path > ? AND path < '/workspace0' AND kind <> 1
                    ORDER BY path LIMIT \(Limits.pageCountMax)
                    """
                )
            }
            try statement.bind(1, text: path.utf8)
            var page: [Candidate] = []
            try statement.forEachRow { row in Self.candidate(of: row).map { page.append($0) } }
            return page
        }
    }

    private func candidates(at paths: [NamespacePath]) async throws -> [Candidate] {
        try await self.catalog.readers.run { connection in
            let statement = try connection.withTrust {
                try connection.statement("SELECT \(Self.columns) FROM entry WHERE path = ? AND kind <> 1")
            }
            var page: [Candidate] = []
            for path in paths {
                try statement.bind(1, text: path.utf8)
                try statement.forEachRow { row in Self.candidate(of: row).map { page.append($0) } }
            }
            return page
        }
    }
}
