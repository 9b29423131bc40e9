package import TarnCore

/// What the other side answers.
package struct ComparisonReply: Hashable, Sendable {
    /// Entries of one range.
    package struct Entries: Hashable, Sendable {
        package let keys: KeyRange
        /// What the answering side has there and the asking one does not, or not like that.
        package let entries: [Item]
        /// Places in the vector that was sent, of what the answering side does not have like that.
        package let unmatched: [Int]

        package init(keys: KeyRange, entries: [Item], unmatched: [Int]) {
            self.keys = keys
            self.entries = entries
            self.unmatched = unmatched
        }
    }

    package struct Item: Hashable, Sendable {
        package let path: NamespacePath
        package let entry: Entry

        package init(path: NamespacePath, entry: Entry) {
            self.path = path
            self.entry = entry
        }
    }

    package enum Content: Hashable, Sendable {
        case frontier(Frontier)
        case entries([Entries])
    }

    package let content: Content
    /// What was asked from this key on found no room: to be asked again. Nil when all of it was answered.
    package let resume: [UInt8]?

    package init(content: Content, resume: [UInt8]?) {
        self.content = content
        self.resume = resume
    }
}
