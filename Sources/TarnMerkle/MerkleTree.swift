package import TarnCore

/// The Merkle index: the ordered map from path to entry, with one hash that proves all of it
/// (`ops/formats/merkle-index.md`).
///
/// A value: copies share every node they have in common and cost nothing, so a speculative or an older state is just
/// another copy. The same entries always make the same tree and the same root, whatever the history.
package struct MerkleTree<H: SHA256Function>: Sendable {
    let rule: BoundaryRule
    var top: TreeNode

    /// A tree without entries. `boundaryKey` (16 bytes, from the genesis) decides where nodes end.
    package init(boundaryKey: [UInt8]) {
        self.init(rule: BoundaryRule(key: boundaryKey), top: .empty(H.self))
    }

    /// The tree of `entries`, whose paths ascend; built in one pass.
    package init(boundaryKey: [UInt8], sorted entries: some Sequence<(NamespacePath, Entry)>) {
        let rule = BoundaryRule(key: boundaryKey)
        var builder = TreeBuilder<H>(rule: rule)
        for (path, entry) in entries { builder.append(path: path.utf8, entry: entry) }
        self.init(rule: rule, top: builder.finish())
    }

    init(rule: BoundaryRule, top: TreeNode) {
        self.rule = rule
        self.top = top
    }

    /// The hash of the top node: equal roots mean equal entries.
    package var root: Digest { self.top.digest }
    /// Entries in the tree.
    package var count: Int { self.top.entryCount }
    /// Bytes of all files' contents in sum, modulo 2^64.
    package var contentBytesCount: UInt64 { self.top.contentBytesCount }
    /// The 16 bytes that decide where nodes end.
    package var boundaryKey: [UInt8] { self.rule.key }

    /// The entry at `path`, or nil.
    package subscript(path: NamespacePath) -> Entry? {
        self.withPacked(path) { PackedEntry.decode($0) }
    }

    /// Whether there is an entry at `path`; cheaper than reading it.
    package func contains(_ path: NamespacePath) -> Bool {
        self.withPacked(path) { _ in true } ?? false
    }

    /// Calls `body` with the packed entry at `path`; nil when there is none.
    func withPacked<Result>(_ path: NamespacePath, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        path.utf8.withUnsafeBytes { key in
            var node = self.top
            while node.level > 0 {
                let index = node.childIndex(for: key)
                guard index < node.children.count else { return nil }
                node = node.children[index]
            }
            return LeafReader.withPacked(in: node.records, at: key, body)
        }
    }

    /// Entries and content bytes below `directory`, without itself: a difference of two counts along the way down.
    package func summary(of directory: NamespacePath) -> (count: Int, contentBytesCount: UInt64) {
        let start = self.totals(before: directory.descendantPrefix)
        let end = self.totals(before: directory.descendantEnd)
        return (end.count - start.count, end.contentBytesCount &- start.contentBytesCount)
    }

    /// Entries and content bytes at keys less than `key`.
    private func totals(before key: [UInt8]) -> (count: Int, contentBytesCount: UInt64) {
        var count = 0
        var contentBytesCount: UInt64 = 0
        var node = self.top
        while node.level > 0 {
            let index = key.withUnsafeBytes { node.childIndex(for: $0) }
            for child in node.children[..<index] {
                count += child.entryCount
                contentBytesCount &+= child.contentBytesCount
            }
            guard index < node.children.count else { return (count, contentBytesCount) }
            node = node.children[index]
        }
        var reader = LeafReader(node.records)
        while reader.next() {
            let isBefore = reader.withRecord { recordKey, packed in
                guard key.withUnsafeBytes({ Bytes.compare(recordKey, $0) < 0 }) else { return false }
                contentBytesCount &+= PackedEntry.contentBytesCount(packed)
                return true
            }
            guard isBefore else { break }
            count += 1
        }
        return (count, contentBytesCount)
    }
}
