package import TarnCore

/// What lists show of an entry: for lists of thousands, which need neither its address nor a `String` for each number.
package struct EntrySummary: Sendable {
    package let isDirectory: Bool
    /// Bytes of the content; 0 for a directory.
    package let size: UInt64
    /// The attribute ``Attributes/Key/kind``.
    package private(set) var kind: String?
    package private(set) var language: String?
    package private(set) var format: String?
    /// 0 for an entry without one, as are the times.
    package private(set) var objectID: UInt64 = 0
    package private(set) var createdAtMicroseconds: UInt64 = 0
    package private(set) var modifiedAtNanoseconds: UInt64 = 0

    package init(_ entry: Entry) {
        self.isDirectory = entry.isDirectory
        self.size = entry.size
        self.kind = entry.attributes[Attributes.Key.kind]
        self.language = entry.attributes[Attributes.Key.language]
        self.format = entry.attributes[Attributes.Key.format]
        self.objectID = entry.attributes.objectID ?? 0
        self.createdAtMicroseconds = entry.attributes.createdAtMicroseconds ?? 0
        self.modifiedAtNanoseconds = entry.attributes.modifiedAtNanoseconds ?? 0
    }

    /// Of an entry in a node.
    init(isDirectory: Bool, size: UInt64) {
        self.isDirectory = isDirectory
        self.size = size
    }

    /// Takes the text of the known attribute at `index` of ``AttributeCode/keys``.
    mutating func take(_ text: String, at index: Int) {
        switch index {
        case AttributeCode.Index.format: self.format = text
        case AttributeCode.Index.kind: self.kind = text
        case AttributeCode.Index.language: self.language = text
        default: break
        }
    }

    /// Takes the number of the known attribute at `index` of ``AttributeCode/keys``.
    mutating func take(_ number: UInt64, at index: Int) {
        switch index {
        case AttributeCode.Index.createdAt: self.createdAtMicroseconds = number
        case AttributeCode.Index.modifiedAt: self.modifiedAtNanoseconds = number
        case AttributeCode.Index.objectID: self.objectID = number
        default: break
        }
    }
}
