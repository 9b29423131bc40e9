package import TarnCore

/// A path and what stands there, as listings, differences and proofs name it.
package struct ListedEntry: Hashable, Sendable {
    package let path: NamespacePath
    package let entry: Entry

    package init(path: NamespacePath, entry: Entry) {
        self.path = path
        self.entry = entry
    }

    /// Reads `{"path", "kind", "size", "sha256", "manifest", "attributes"}`; other members are passed over.
    package init(from reader: inout JSONReader) throws {
        self = try EntryFields(from: &reader).listed()
    }

    /// The entry as one JSON object, with the members that the node uses.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("path")
        writer.string(self.path.string)
        writer.key("kind")
        writer.string(self.entry.isDirectory ? "directory" : "file")
        writer.key("size")
        writer.integer(self.entry.size)
        writer.key("sha256")
        if self.entry.isDirectory { writer.null() } else { writer.string(self.entry.content.hex) }
        writer.key("manifest")
        if let manifest = self.entry.manifest { writer.string(manifest.hex) } else { writer.null() }
        writer.key("attributes")
        writer.beginObject()
        for pair in self.entry.attributes.pairs {
            writer.key(pair.key)
            writer.string(pair.value)
        }
        writer.endObject()
        writer.endObject()
        return writer.text
    }
}

/// The members of an entry's JSON form, in any order.
struct EntryFields {
    private(set) var path: [UInt8]?
    private var kind: String?
    private var size: UInt64 = 0
    private var content = Digest.zero
    private var manifest: Digest?
    private var attributes = Attributes()

    init() {}

    init(from reader: inout JSONReader) throws {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.readNullIfPresent() { continue }
            if try !self.take(key, &reader) { try reader.skipValue() }
        }
    }

    /// Reads the value behind `key`, which is not null, when it is a member of an entry; else leaves it unread and
    /// returns false.
    mutating func take(_ key: String, _ reader: inout JSONReader) throws -> Bool {
        switch key {
        case "path":
            var bytes: [UInt8] = []
            try reader.readString(into: &bytes)
            self.path = bytes
        case "kind": self.kind = try reader.readString()
        case "size": self.size = try Self.unsigned(&reader)
        case "sha256": self.content = try Self.digest(&reader)
        case "manifest": self.manifest = try Self.digest(&reader)
        case "attributes":
            try reader.beginObject()
            while let name = try reader.nextKey() { self.attributes[name] = try reader.readString() }
        default: return false
        }
        return true
    }

    func listed() throws -> ListedEntry {
        guard let path else { throw JSONError("an entry without its path", at: 0) }
        return ListedEntry(path: try NamespacePath(utf8: path), entry: try self.entry())
    }

    func entry() throws -> Entry {
        switch self.kind {
        case "directory": return .directory(self.attributes)
        case "file":
            return try .file(
                content: self.content,
                size: self.size,
                manifest: self.manifest,
                attributes: self.attributes
            )
        case let kind: throw JSONError("an entry of unknown kind '\(kind ?? "")'", at: 0)
        }
    }

    private static func unsigned(_ reader: inout JSONReader) throws -> UInt64 {
        let text = try reader.readNumberText()
        guard let value = UInt64(text) else { throw JSONError("'\(text)' is not a size", at: 0) }
        return value
    }

    private static func digest(_ reader: inout JSONReader) throws -> Digest {
        let text = try reader.readString()
        guard let digest = Digest(hex: text) else { throw JSONError("'\(text)' is not a SHA-256", at: 0) }
        return digest
    }
}
