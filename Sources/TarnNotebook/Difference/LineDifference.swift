/// One line of a comparison of two texts.
package struct LineDifference: Hashable, Sendable {
    package enum Kind: Sendable {
        case kept
        case removed
        case added
    }

    package let kind: Kind
    /// The line without its line feed.
    package let text: String

    package init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    /// All lines of both texts, in order.
    package static func lines(from old: String, to new: String) -> [LineDifference] {
        let oldLines = self.byteLines(of: old)
        let newLines = self.byteLines(of: new)
        return SequenceDifference.steps(from: oldLines, to: newLines).map { step in
            switch step {
            case .kept(let index, _): LineDifference(.kept, String(decoding: oldLines[index], as: UTF8.self))
            case .removed(let index): LineDifference(.removed, String(decoding: oldLines[index], as: UTF8.self))
            case .added(let index): LineDifference(.added, String(decoding: newLines[index], as: UTF8.self))
            }
        }
    }

    /// Lines as bytes: texts that are equal to Unicode only are different lines.
    static func byteLines(of text: String) -> [ArraySlice<UInt8>] {
        Array(text.utf8).split(separator: 0x0a, omittingEmptySubsequences: false)
    }

    static func lines(of text: String) -> [String] {
        text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).map { String(Substring($0)) }
    }
}
