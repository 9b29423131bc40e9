internal import TarnCore
internal import TarnNode

/// The audit log: what the log of change sets says about who did what, from where, newest first.
struct AuditLog: Sendable {
    /// One line of it.
    struct Line: Sendable {
        let header: LogHeader
        /// `change`, `token_created`, `token_rotated`, `token_revoked`, `policy_changed`, `permission_changed`,
        /// `drill_started`, `drill_report`, the kind of an entry without changes, or what a record says.
        let action: String
        let author: String
        let source: String
        let changesCount: Int
        /// The first paths that were changed.
        let paths: [NamespacePath]
        let detail: [String: String]
    }

    struct Page: Sendable {
        var lines: [Line] = []
        /// The `before` of the next page, or nil behind the oldest line.
        var next: Op?
    }

    private static let pathsMax = 5
    private static let pageCount: UInt64 = 500

    let node: any NodeService

    /// At most `limit` lines of ops below `before`, not older than `since` (microseconds since 1970) and by `author`.
    /// Looks at no more ops than ``Limits/pathLogOpsMax`` and says where to go on.
    func page(before: Op, since: UInt64, author: String?, limit: Int) async throws -> Page {
        var page = Page()
        var end = before.number
        var scannedCount: UInt64 = 0
        while end > 0 {
            guard scannedCount < UInt64(Limits.pathLogOpsMax) else {
                page.next = Op(end)
                return page
            }
            let start = end > Self.pageCount ? end - Self.pageCount : 0
            // Op 0 has no predecessor to be listed after; it is the genesis and nobody's act.
            let headers = try await self.node.log(after: Op(max(1, start) - 1), limit: Int(end - max(1, start) + 1))
            for header in headers.reversed() where header.op.number < end && header.op.number >= start {
                guard header.timestampMicroseconds >= since else { return page }
                guard page.lines.count < limit else {
                    page.next = header.op.next
                    return page
                }
                guard header.op != .genesis, let line = try await self.line(header) else { continue }
                if author == nil || line.author == author { page.lines.append(line) }
            }
            scannedCount += end - start
            end = start
        }
        return page
    }

    private func line(_ header: LogHeader) async throws -> Line? {
        guard header.kind == .changeSet else {
            return Line(
                header: header,
                action: String(describing: header.kind),
                author: header.author,
                source: "",
                changesCount: 0,
                paths: [],
                detail: [:]
            )
        }
        let set = try await self.node.changeSet(at: header.op)
        let documents = set.indices.filter { NamespacePath.meta.isAncestor(of: set[$0].path) }
        if let record = try Self.record(in: set, documents) {
            return Line(
                header: header,
                action: record.action,
                author: record.author.isEmpty ? header.author : record.author,
                source: record.source,
                changesCount: 0,
                paths: [],
                detail: record.detail
            )
        }
        return Line(
            header: header,
            action: try Self.action(of: set, documents),
            author: header.author,
            source: set.source,
            changesCount: set.count,
            paths: set.prefix(Self.pathsMax).map(\.path),
            detail: [:]
        )
    }

    /// What a node wrote down: its change beside the directory that the first record of all brings along.
    private static func record(in set: EncodedChangeSet, _ documents: [Int]) throws -> AuditRecord? {
        for index in documents where AuditRecord.directory.isAncestor(of: set[index].path) {
            if case .put(let entry) = try set.change(at: index).action, !entry.isDirectory {
                return AuditRecord(entry.attributes)
            }
        }
        return nil
    }

    private static func action(of set: EncodedChangeSet, _ documents: [Int]) throws -> String {
        for index in documents {
            let change = set[index]
            let parts = change.path.string.split(separator: "/", maxSplits: 2)
            guard parts.count == 3 else { continue }
            switch (parts[1], change.action) {
            case ("token", .put):
                // The admin token of the genesis is there before its document is.
                let isNew = try Self.isNew(index, in: set) && parts[2] != "\(BearerToken.adminID).json"
                return isNew ? "token_created" : "token_rotated"
            case ("token", .delete): return "token_revoked"
            case ("policy", _): return "policy_changed"
            case ("permission", _): return "permission_changed"
            case ("drill", .put): return try Self.isNew(index, in: set) ? "drill_started" : "drill_report"
            default: continue
            }
        }
        return "change"
    }

    private static func isNew(_ index: Int, in set: EncodedChangeSet) throws -> Bool {
        try set.change(at: index).precondition == .absent
    }
}
