internal import TarnCore

/// Prepares that arrived before the ones they follow, few and in order of their ops.
struct ReorderBuffer: Sendable {
    private var entries: [LogEntry] = []
    private(set) var bytesCount = 0

    var count: Int { self.entries.count }
    /// The newest op that waits here.
    var last: Op? { self.entries.last?.header.op }

    /// Keeps `entry` unless its op is here already or the buffer is full; the lowest ops are worth most, so the highest
    /// one gives way.
    mutating func insert(_ entry: LogEntry) -> Bool {
        let op = entry.header.op
        let index = self.entries.firstIndex { $0.header.op >= op } ?? self.entries.count
        if index < self.entries.count, self.entries[index].header.op == op { return true }
        while self.isFull(adding: entry), let highest = self.entries.last, highest.header.op > op {
            self.bytesCount -= highest.body.count
            self.entries.removeLast()
        }
        guard !self.isFull(adding: entry) else { return false }
        self.entries.insert(entry, at: index)
        self.bytesCount += entry.body.count
        return true
    }

    /// Removes everything below `op`, and returns the entry at `op` if it is here.
    mutating func take(_ op: Op) -> LogEntry? {
        let passed = self.entries.firstIndex { $0.header.op >= op } ?? self.entries.count
        for entry in self.entries[..<passed] { self.bytesCount -= entry.body.count }
        self.entries.removeFirst(passed)
        guard let entry = self.entries.first, entry.header.op == op else { return nil }
        self.bytesCount -= entry.body.count
        self.entries.removeFirst()
        return entry
    }

    private func isFull(adding entry: LogEntry) -> Bool {
        self.entries.count >= Limits.reorderedEntriesMax
            || self.bytesCount + entry.body.count > Limits.reorderedBytesMax
    }
}
