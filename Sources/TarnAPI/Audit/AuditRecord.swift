internal import TarnCore
internal import TarnNode

/// Something that happened beside the changes of the log: failed logins, and what operators did.
///
/// A record is the entry at `/meta/audit/<dc>.json`: each new one replaces the one before it, and the log keeps them
/// all. What it says stands in the entry's attributes, so it is kept as long as the log is.
struct AuditRecord: Hashable, Sendable {
    /// Where records stand. Only nodes write there.
    static let directory = NamespacePath(unchecked: Array("/meta/audit".utf8))
    private static let prefix = "audit_"
    private static let detailBytesMax = 640
    private static let detailCountMax = 16

    /// `login_failure`, `verify`, …
    let action: String
    /// Who did it; empty when nobody is known.
    let author: String
    /// Network address; empty when it is not known, or many.
    let source: String
    /// Microseconds since 1970, by the clock of the node that saw it.
    let time: UInt64
    let detail: [String: String]

    /// What does not fit is cut: an audit record is never refused for its length.
    init(action: String, author: String, source: String, time: UInt64, detail: [String: String] = [:]) {
        self.action = Self.cut(action, 32)
        self.author = Self.cut(author, Limits.authorBytesMax)
        self.source = Self.cut(source, Limits.sourceBytesMax)
        self.time = time
        var kept: [String: String] = [:]
        var room = Self.detailBytesMax
        for (key, value) in detail.sorted(by: { $0.key < $1.key }).prefix(Self.detailCountMax) where room > 0 {
            let (key, value) = (Self.cut(key, 32), Self.cut(value, room))
            kept[key] = value
            room -= key.utf8.count + value.utf8.count
        }
        self.detail = kept
    }

    /// Where the records of the node of `datacenter` stand.
    static func path(of datacenter: DatacenterID) -> NamespacePath {
        NamespacePath(unchecked: self.directory.utf8 + Array("/\(datacenter.name).json".utf8))
    }

    /// The record that an entry below ``directory`` carries, or nil.
    init?(_ attributes: Attributes) {
        guard let action = attributes[Self.prefix + "action"], let time = attributes[Self.prefix + "time"],
            let time = UInt64(time)
        else { return nil }
        var detail: [String: String] = [:]
        for pair in attributes.pairs where pair.key.hasPrefix(Self.prefix + "on_") {
            detail[String(pair.key.dropFirst(Self.prefix.count + 3))] = pair.value
        }
        self.init(
            action: action,
            author: attributes[Self.prefix + "author"] ?? "",
            source: attributes[Self.prefix + "source"] ?? "",
            time: time,
            detail: detail
        )
    }

    /// What the entry says, beside its content.
    func attributes() throws(CoreError) -> Attributes {
        var values = [Self.prefix + "action": self.action, Self.prefix + "time": String(self.time)]
        if !self.author.isEmpty { values[Self.prefix + "author"] = self.author }
        if !self.source.isEmpty { values[Self.prefix + "source"] = self.source }
        for (key, value) in self.detail { values[Self.prefix + "on_" + key] = value }
        return try Attributes(values)
    }

    /// The document at the path, and the body of `POST /v1/audit`.
    var json: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        writer.key("action")
        writer.string(self.action)
        writer.key("author")
        writer.string(self.author)
        writer.key("source")
        writer.string(self.source)
        writer.key("time")
        writer.integer(self.time)
        writer.key("detail")
        writer.beginObject()
        for (key, value) in self.detail.sorted(by: { $0.key < $1.key }) {
            writer.key(key)
            writer.string(value)
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    init(json bytes: [UInt8]) throws {
        var reader = JSONReader(bytes)
        var texts: [String: String] = [:]
        var time: UInt64 = 0
        var detail: [String: String] = [:]
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "action", "author", "source": texts[key] = try reader.readString()
            case "time": time = UInt64(try reader.readNumberText()) ?? 0
            case "detail":
                try reader.beginObject()
                while let name = try reader.nextKey() { detail[name] = try reader.readString() }
            default: throw Problem(.invalidRequest, "unknown key '\(key)' in an audit record")
            }
        }
        try reader.expectEnd()
        guard let action = texts["action"], !action.isEmpty else {
            throw Problem(.invalidRequest, "an audit record needs an action")
        }
        self.init(
            action: action,
            author: texts["author"] ?? "",
            source: texts["source"] ?? "",
            time: time,
            detail: detail
        )
    }

    /// The first `max` bytes, without half a character at their end.
    private static func cut(_ text: String, _ max: Int) -> String {
        guard text.utf8.count > max else { return text }
        var kept = text
        while kept.utf8.count > max { kept.unicodeScalars.removeLast() }
        return kept
    }
}
