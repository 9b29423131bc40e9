package import TarnCore

extension TarnHTTPClient {
    /// Gives everything that differs at or below `path` between two states to `receive`, ordered by path.
    package func eachDifference(
        from: String,
        to: String,
        path: NamespacePath,
        receive: (DifferencePage.Difference) throws -> Void
    ) async throws {
        // The states stay the same from page to page, even when one was named by a time or is the newest.
        var older = from
        var newer = to
        var after: String?
        while true {
            let page = try await self.differences(from: older, to: newer, after: after).page
            for difference in page.differences where path == difference.path || path.isAncestor(of: difference.path) {
                try receive(difference)
            }
            guard let next = page.next, next != after else { return }
            if path != .root, !Bytes.isLess(Array(next.utf8), path.descendantEnd) { return }
            after = next
            older = page.from?.description ?? older
            newer = page.to?.description ?? newer
        }
    }
}

extension DifferencePage.Difference {
    /// `{"path", "old", "new"}` with null for nothing.
    package var json: String {
        func side(_ entry: Entry?) -> String {
            entry.map { ListedEntry(path: self.path, entry: $0).json } ?? "null"
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("path")
        writer.string(self.path.string)
        writer.key("old")
        writer.raw(side(self.old))
        writer.key("new")
        writer.raw(side(self.new))
        writer.endObject()
        return writer.text
    }
}
