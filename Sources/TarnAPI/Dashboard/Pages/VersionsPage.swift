internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// Two versions of a text, line by line.
struct VersionsPage: Sendable {
    /// Equal lines that are shown around those that differ.
    private static let contextMax = 3

    enum Line: Equatable {
        case same(String)
        case added(String)
        case removed(String)
        /// Equal lines that are left out.
        case skipped(Int)
    }

    let visit: DashboardVisit

    func response() async throws -> Response {
        let path = try self.visit.request.path()
        try self.visit.checkMayRead(path)
        guard let from = try self.visit.request.query.selector("from") else {
            throw Problem(.invalidRequest, "parameter 'from' is missing: an op, a root or a time is expected")
        }
        let older = try await self.visit.node.snapshot(at: from)
        let newer = try await self.visit.node.snapshot(at: self.visit.request.query.selector("to"))
        var page = self.visit.page("Changes of \(path.name)", .browse)
        PagePart.writeCrumbs(path, to: &page.body)
        page.body.element("p", [("class", "soft")], "From op \(older.op) to op \(newer.op).")
        guard let old = try await self.text(path, in: older), let new = try await self.text(path, in: newer) else {
            PagePart.writeEmpty("One of the versions is no text, or too large to be compared here.", to: &page.body)
            return page.response
        }
        Self.write(Self.lines(from: old, to: new), to: &page.body)
        return page.response
    }

    /// The lines of a version; none where nothing was at the path, nil for what cannot be compared.
    private func text(_ path: NamespacePath, in snapshot: Snapshot) async throws -> [Substring]? {
        guard let entry = snapshot.tree[path], !entry.isDirectory else { return [] }
        guard let bytes = try await PagePart.content(of: entry, at: self.visit.node),
            let text = PagePart.text(of: bytes)
        else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count <= Limits.dashboardDiffLinesMax ? lines : nil
    }

    /// What has to be done to the old lines, with some equal ones around each place.
    static func lines(from old: [Substring], to new: [Substring]) -> [Line] {
        let difference = new.difference(from: old)
        var removed: Set<Int> = []
        var added: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var out: [Line] = []
        var (i, j) = (0, 0)
        while i < old.count || j < new.count {
            if i < old.count, removed.contains(i) {
                out.append(.removed(String(old[i])))
                i += 1
            } else if j < new.count, added.contains(j) {
                out.append(.added(String(new[j])))
                j += 1
            } else {
                out.append(.same(String(new[j])))
                i += 1
                j += 1
            }
        }
        return self.withoutLongRuns(out)
    }

    private static func withoutLongRuns(_ lines: [Line]) -> [Line] {
        var isNear = [Bool](repeating: false, count: lines.count)
        for (index, line) in lines.enumerated() {
            if case .same = line { continue }
            for near in max(0, index - self.contextMax)...min(lines.count - 1, index + self.contextMax) {
                isNear[near] = true
            }
        }
        var out: [Line] = []
        var skipped = 0
        for (index, line) in lines.enumerated() {
            if !isNear[index] {
                skipped += 1
                continue
            }
            if skipped > 0 { out.append(.skipped(skipped)) }
            skipped = 0
            out.append(line)
        }
        if skipped > 0 { out.append(.skipped(skipped)) }
        return out
    }

    private static func write(_ lines: [Line], to html: inout HTML) {
        if lines.allSatisfy({ if case .skipped = $0 { true } else { false } }) {
            return PagePart.writeEmpty("Both versions have the same lines.", to: &html)
        }
        html.element("pre", [("class", "lines"), ("tabindex", "0"), ("aria-label", "Changed lines")]) { html in
            for line in lines {
                switch line {
                case .same(let text): html.element("span", "  \(text)")
                case .added(let text): html.element("span", [("class", "add")], "+ \(text)")
                case .removed(let text): html.element("span", [("class", "del")], "- \(text)")
                case .skipped(let count): html.element("span", [("class", "soft")], "  … \(count) equal lines")
                }
            }
        }
    }
}
