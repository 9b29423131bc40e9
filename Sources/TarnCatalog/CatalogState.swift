internal import TarnCore

/// What the catalog remembers between calls, beside its file.
struct CatalogState {
    /// Text that was not looked at since it came.
    enum TextBacklog {
        case everything
        case paths(Set<NamespacePath>)

        var isEverything: Bool {
            if case .everything = self { return true }
            return false
        }
    }

    enum RefreshAdmission {
        case upToDate
        case start(dirty: UInt64)
        case waits
    }

    private enum Limits {
        /// With more changed paths than this, looking at all of them is as quick.
        static let backlogPathsMax = 100_000
    }

    var appliedOp: Op?
    var isRebuilding = false
    var isDamaged = false
    var isClosed = false
    var datacenters: [DatacenterRow] = []
    /// Raised with ``datacenters``, so that readers know when their copy is old.
    var datacentersVersion: Int64 = 0
    var queries = QueryStatistics()
    private(set) var textBacklog = TextBacklog.everything
    /// Raised by every transaction that may leave contents to be read.
    private var derivedDirty: UInt64 = 1
    /// The value of `derivedDirty` up to which everything was read.
    private var derivedClean: UInt64 = 0
    private var isRefreshing = false

    // MARK: Contents to be read

    mutating func markDerived() { self.derivedDirty += 1 }

    var hasUnreadContents: Bool { self.derivedClean < self.derivedDirty }

    mutating func beginRefresh() -> RefreshAdmission {
        if !self.hasUnreadContents { return .upToDate }
        if self.isRefreshing { return .waits }
        self.isRefreshing = true
        return .start(dirty: self.derivedDirty)
    }

    /// `dirty` is what ``beginRefresh()`` gave, or nil when not everything was read.
    mutating func endRefresh(through dirty: UInt64?) {
        self.isRefreshing = false
        if let dirty { self.derivedClean = max(self.derivedClean, dirty) }
    }

    // MARK: Text to be indexed

    mutating func noteText(at path: NamespacePath) {
        guard case .paths(var paths) = self.textBacklog else { return }
        // Left empty while the set is changed, so that it is not copied.
        self.textBacklog = .paths([])
        paths.insert(path)
        self.textBacklog = paths.count > Limits.backlogPathsMax ? .everything : .paths(paths)
    }

    /// Hands over what is to be indexed; what cannot be done is put back by ``restoreText(_:)``.
    mutating func takeText() -> TextBacklog {
        defer { self.textBacklog = .paths([]) }
        return self.textBacklog
    }

    mutating func restoreText(_ backlog: TextBacklog) {
        switch backlog {
        case .everything: self.textBacklog = .everything
        case .paths(let paths): for path in paths { self.noteText(at: path) }
        }
    }
}
