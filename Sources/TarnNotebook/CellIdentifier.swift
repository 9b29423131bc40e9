internal import TarnCore

/// The identifiers that documents with cells ask for.
///
/// They follow from the cell's place and text, so that the same notebook gives the same bytes at every datacentre.
enum CellIdentifier {
    private static let hash = SipHash(key: Array("tarn notebook id".utf8))

    /// The identifier that `cell` came with, or one in the form of a UUID (version 8: made by a rule of one's own).
    static func of(_ cell: NotebookCell, index: Int) -> String {
        if let given = cell.commandFields["nuid"]?.string { return given }
        var text = cell.command
        let content = text.withUTF8 { self.hash.hash(UnsafeRawBufferPointer($0)) }
        return self.identifier(content, UInt64(truncatingIfNeeded: index))
    }

    /// The identifier of a notebook that came with none.
    static func of(_ notebook: Notebook) -> String {
        var name = notebook.name
        return self.identifier(
            name.withUTF8 { self.hash.hash(UnsafeRawBufferPointer($0)) },
            UInt64(notebook.cells.count) | 1 << 63
        )
    }

    /// The identifier of an archive with notebooks at `paths`.
    static func of(_ paths: [String]) -> String {
        var text = paths.joined(separator: "\n")
        let hash = text.withUTF8 { self.hash.hash(UnsafeRawBufferPointer($0)) }
        return self.identifier(hash, UInt64(paths.count) | 1 << 62)
    }

    /// An identifier that follows from two numbers.
    static func identifier(_ first: UInt64, _ second: UInt64) -> String {
        let high = first & ~0xf000 | 0x8000
        let mixed = (second &+ 0x9e37_79b9_7f4a_7c15 ^ first) &* 0xbf58_476d_1ce4_e5b9
        let low = (mixed ^ mixed >> 29) >> 2 | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { text in
            var count = 0
            for digit in 0..<32 {
                if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                    text[count] = UInt8(ascii: "-")
                    count += 1
                }
                let word = digit < 16 ? high : low
                let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (digit & 15)) & 15)
                text[count] = value < 10 ? 0x30 + value : 0x61 + value - 10
                count += 1
            }
            return count
        }
    }
}
