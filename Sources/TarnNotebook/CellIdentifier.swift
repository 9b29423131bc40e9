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

    /// An identifier that follows from two numbers.
    static func identifier(_ first: UInt64, _ second: UInt64) -> String {
        let high = first & ~0xf000 | 0x8000
        let mixed = (second &+ 0x9e37_79b9_7f4a_7c15 ^ first) &* 0xbf58_476d_1ce4_e5b9
        let low = (mixed ^ mixed >> 29) >> 2 | 0x8000_0000_0000_0000
        var bytes: [UInt8] = []
        for word in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        let groups = [bytes[0..<4], bytes[4..<6], bytes[6..<8], bytes[8..<10], bytes[10..<16]]
        return groups.map { Hex.encode($0) }.joined(separator: "-")
    }
}
