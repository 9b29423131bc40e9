internal import TarnCore

/// One-byte codes for the attributes that nearly every entry has, so that a million of them fit in memory.
///
/// The codes are part of the node format (`ops/formats/merkle-index.md`), not of any hash: hashes cover the canonical
/// encoding.
enum AttributeCode {
    /// A key that the table does not know, as text, with its value as text.
    static let other: UInt8 = 0
    /// The first of the codes `textBase + index of the key`: a known key, its value as text.
    static let textBase: UInt8 = 1
    /// The first of the codes `numberBase + index of the key`: a known key, its value a decimal number, written as an
    /// integer.
    static let numberBase: UInt8 = 7
    /// The first of the codes `wordBase + index of the word`: a known key with a known value.
    static let wordBase: UInt8 = 13

    /// Where each known key stands in ``keys``.
    enum Index {
        static let createdAt = 0
        static let format = 1
        static let kind = 2
        static let language = 3
        static let modifiedAt = 4
        static let objectID = 5
    }

    /// Known keys in byte order. No two have the same length, which makes finding one cheap.
    static let keys = [
        Attributes.Key.createdAt, Attributes.Key.format, Attributes.Key.kind, Attributes.Key.language,
        Attributes.Key.modifiedAt, Attributes.Key.objectID,
    ]

    /// Known pairs: the index of the key, and the value.
    static let words: [(key: Int, value: String)] = [
        (Index.format, "JUPYTER"), (Index.format, "SOURCE"), (Index.kind, "notebook"), (Index.language, "PYTHON"),
        (Index.language, "R"), (Index.language, "SCALA"), (Index.language, "SQL"),
    ]

    private static let keyBytes = Self.keys.map { Array($0.utf8) }
    private static let wordBytes = Self.words.map { (key: $0.key, value: Array($0.value.utf8)) }

    /// Index of the known key with these bytes, or nil.
    static func keyIndex(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let index: Int
        switch bytes.count {
        case 10: index = Index.createdAt
        case 6: index = Index.format
        case 4: index = Index.kind
        case 8: index = Index.language
        case 11: index = Index.modifiedAt
        case 9: index = Index.objectID
        default: return nil
        }
        return Self.isEqual(bytes, Self.keyBytes[index]) ? index : nil
    }

    /// Index of the known pair of the key at `key` and the value `bytes`, or nil.
    static func wordIndex(key: Int, value bytes: UnsafeRawBufferPointer) -> Int? {
        guard (1...3).contains(key) else { return nil }
        return Self.wordBytes.firstIndex { $0.key == key && Self.isEqual(bytes, $0.value) }
    }

    /// Whether values of the key at `key` are written as integers when they can be.
    static func isNumber(key: Int) -> Bool {
        key == 0 || key >= 4
    }

    /// The number whose shortest decimal form `bytes` is, or nil.
    static func decimal(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        guard (1...20).contains(bytes.count), bytes[0] != 0x30 || bytes.count == 1 else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            guard (0x30...0x39).contains(byte) else { return nil }
            let (product, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOverAgain) = product.addingReportingOverflow(UInt64(byte - 0x30))
            if isOver || isOverAgain { return nil }
            value = sum
        }
        return value
    }

    private static func isEqual(_ left: UnsafeRawBufferPointer, _ right: [UInt8]) -> Bool {
        right.withUnsafeBytes { Bytes.compare(left, $0) == 0 }
    }
}
