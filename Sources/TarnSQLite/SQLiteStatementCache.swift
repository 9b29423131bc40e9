/// Prepared statements by their SQL, the least recently used one leaving first.
struct SQLiteStatementCache {
    private struct Slot {
        let statement: SQLiteStatement
        var lastUse: UInt64
    }

    private let countMax: Int
    private var slots: [String: Slot] = [:]
    private var uses: UInt64 = 0

    init(countMax: Int) {
        self.countMax = countMax
    }

    mutating func statement(for sql: String) -> SQLiteStatement? {
        self.uses += 1
        guard let index = self.slots.index(forKey: sql) else { return nil }
        self.slots.values[index].lastUse = self.uses
        return self.slots.values[index].statement
    }

    mutating func insert(_ statement: SQLiteStatement, for sql: String) {
        if self.slots.count >= self.countMax, let oldest = self.slots.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            self.slots[oldest.key] = nil
        }
        self.slots[sql] = Slot(statement: statement, lastUse: self.uses)
    }

    mutating func removeAll() {
        self.slots.removeAll()
    }
}
