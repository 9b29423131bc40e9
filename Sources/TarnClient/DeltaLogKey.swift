internal import TarnCore

/// The place of a file of a `_delta_log` folder in the order of an import.
///
/// A reader that sees commit N must find commit N - 1 and every data file; one that sees a hint must find the
/// checkpoint. So commits go in the order of their versions, what describes a version goes behind its commit, and hints
/// go last.
package struct DeltaLogKey: Hashable, Comparable, Sendable {
    /// Path of the table's folder, relative to the source; empty when the source is the table.
    package let table: [UInt8]
    package let version: UInt64
    /// 0: the commit itself. 1: checkpoint, checksum or compacted commits. 2: hints.
    package let rank: UInt8
    package let name: [UInt8]

    /// Nil when `path`, relative to the source, is not a file directly in a `_delta_log` folder.
    package init?(_ path: ArraySlice<UInt8>) {
        let components = path.split(separator: UInt8(ascii: "/"))
        guard components.count >= 2, components[components.count - 2].elementsEqual("_delta_log".utf8),
            let name = components.last
        else { return nil }
        self.table = Array(path.dropLast(name.count + "_delta_log/".utf8.count).dropLast())
        self.name = Array(name)
        let parts = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let numbers = parts.prefix { Self.number($0) != nil }
        switch (numbers.count, parts.dropFirst(numbers.count).map { String(decoding: $0, as: UTF8.self) }) {
        case (1, ["json"]):
            self.version = Self.number(numbers[0]) ?? .max
            self.rank = 0
        case (1..., _):
            self.version = numbers.last.flatMap { Self.number($0) } ?? .max
            self.rank = 1
        default:
            self.version = .max
            self.rank = 2
        }
    }

    package static func < (left: DeltaLogKey, right: DeltaLogKey) -> Bool {
        if left.table != right.table { return Bytes.isLess(left.table, right.table) }
        if left.version != right.version { return left.version < right.version }
        if left.rank != right.rank { return left.rank < right.rank }
        return Bytes.isLess(left.name, right.name)
    }

    /// A version is spelled with exactly 20 digits.
    private static func number(_ text: ArraySlice<UInt8>) -> UInt64? {
        guard text.count == 20, text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt64(String(decoding: text, as: UTF8.self))
    }
}
