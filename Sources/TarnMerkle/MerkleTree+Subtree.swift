internal import TarnCore

extension MerkleTree {
    /// Bytes of the longest key at or after `start` and before `end`.
    func longestKey(from start: [UInt8], below end: [UInt8]) -> Int {
        var longest = 0
        var cursor = TreeCursor(self.top)
        cursor.seek(to: start)
        while case .entry = cursor.place, Bytes.isLess(cursor.leaf.key, end) {
            longest = max(longest, cursor.leaf.key.count)
            cursor.nextEntry()
        }
        return longest
    }

    /// Moves every entry below `directory` to the same place below `target`, which is neither `directory` nor below it,
    /// in batches of bounded size.
    mutating func move(below directory: NamespacePath, to target: NamespacePath) {
        let prefixCount = directory.utf8.count
        while true {
            var departures: [TreeEdit] = []
            var arrivals: [TreeEdit] = []
            self.scan(
                from: directory.descendantPrefix,
                below: directory.descendantEnd,
                limit: Limits.subtreeMoveBatchCount
            ) { path, entry in
                departures.append(TreeEdit(path: path, entry: nil))
                let moved = NamespacePath(unchecked: target.utf8 + path.utf8[prefixCount...])
                arrivals.append(TreeEdit(path: moved, entry: entry))
                return true
            }
            guard !departures.isEmpty else { return }
            self.apply(departures)
            self.apply(arrivals)
        }
    }
}
