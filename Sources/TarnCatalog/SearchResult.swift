package import TarnCore

/// The answer to a full-text search.
package struct SearchResult: Sendable {
    package struct Hit: Hashable, Sendable {
        package let path: NamespacePath
        /// The notebook's language, or nil for a plain file.
        package let language: String?
        /// The first line that holds one of the words; only the best hits have one.
        package let snippet: String?
        /// BM25: the lower, the better.
        package let rank: Double

        package init(path: NamespacePath, language: String?, snippet: String?, rank: Double) {
            self.path = path
            self.language = language
            self.snippet = snippet
            self.rank = rank
        }
    }

    /// Best first.
    package let hits: [Hit]
    /// The op up to which all text was indexed, or nil before the first pass; newer text may be missing.
    package let throughOp: Op?
    /// The op whose paths the hits show.
    package let appliedOp: Op

    package init(hits: [Hit], throughOp: Op?, appliedOp: Op) {
        self.hits = hits
        self.throughOp = throughOp
        self.appliedOp = appliedOp
    }
}
