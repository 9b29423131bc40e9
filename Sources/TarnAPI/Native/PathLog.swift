internal import TarnCore
internal import TarnNode

/// The ops that touched one path, found by walking the log back from the newest, under the names that the path had
/// before it was moved.
struct PathLog: Sendable {
    /// One answer: ascending headers, each with the path's name after that op where it is known.
    struct Page: Sendable {
        var headers: [(header: LogHeader, path: NamespacePath?)] = []
        /// The `after` of the next page, or nil behind the last one.
        var next: Op?
        /// Set when the walk was given up: older ops may have touched the path, too.
        var scannedFrom: Op?
    }

    let node: any NodeService
    let path: NamespacePath

    /// The first `limit` of the ops that touched the path, behind `after`.
    func page(after: Op, upTo newest: Op, limit: Int) async throws -> Page {
        var page = Page()
        var name = self.path
        var found: [(header: LogHeader, path: NamespacePath?)] = []
        var end = newest
        var scannedCount = 0
        while end > after {
            guard scannedCount < Limits.pathLogOpsMax else {
                page.scannedFrom = end.next
                break
            }
            let width = UInt64(Limits.pathLogPageCount)
            let start = Op(max(after.number, end.number > width ? end.number - width : 0))
            let headers = try await self.node.log(after: start, limit: Int(end.number - start.number))
            scannedCount += Int(end.number - start.number)
            for header in headers.reversed() where header.op <= end && header.kind == .changeSet {
                let current = name
                if Self.touches(try await self.node.changeSet(at: header.op), &name) {
                    found.append((header: header, path: current))
                    // Only the oldest of them are asked for, one more than a page to know that there is another.
                    if found.count > limit + 1 { found.removeFirst(found.count - limit - 1) }
                }
            }
            end = start
        }
        page.headers = found.reversed().prefix(limit).map { $0 }
        if found.count > limit { page.next = page.headers.last?.header.op }
        return page
    }

    /// Whether `changes` touched `name`, something below it, or a directory above it as a whole; `name` becomes what it
    /// was before.
    static func touches(_ changes: EncodedChangeSet, _ name: inout NamespacePath) -> Bool {
        var isTouched = false
        for change in changes.reversed() {
            let path = change.path
            switch change.action {
            case .put:
                if path == name || name.isAncestor(of: path) { isTouched = true }
            case .delete:
                if path == name || name.isAncestor(of: path) || path.isAncestor(of: name) { isTouched = true }
            case .move(let target):
                if target == name || target.isAncestor(of: name) {
                    isTouched = true
                    // A name that is too long never was one: the walk stays at the name it has.
                    if let older = try? name.replacing(prefix: target, with: path) { name = older }
                } else if path == name || path.isAncestor(of: name) || name.isAncestor(of: path)
                    || name.isAncestor(of: target)
                {
                    isTouched = true
                }
            }
        }
        return isTouched
    }
}
