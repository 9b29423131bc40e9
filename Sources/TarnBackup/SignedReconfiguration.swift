package import TarnCore

/// One change of the membership as a backup holds it: the log's `reconfigure` entry, and who signed that it was
/// committed.
package struct SignedReconfiguration: Hashable, Sendable {
    package let entry: LogEntry
    /// Of the entry's op, as `tarn receipt` prints it.
    package let receipt: JSONValue

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("header")
        writer.string(Base64.encode(self.entry.header.encoded()))
        writer.key("body")
        writer.string(Base64.encode(self.entry.body))
        writer.key("receipt")
        self.receipt.write(to: &writer)
        writer.endObject()
    }
}

extension SignedReconfiguration {
    /// All of a list as ``write(to:)`` writes each; nil when it is none, or one of them is malformed.
    static func list(_ value: JSONValue) -> [SignedReconfiguration]? {
        guard case .array(let items) = value else { return nil }
        let changes = items.compactMap { item -> SignedReconfiguration? in
            guard let entry = LogEntry(json: item), let receipt = item["receipt"] else { return nil }
            return SignedReconfiguration(entry: entry, receipt: receipt)
        }
        return changes.count == items.count ? changes : nil
    }
}

extension LogEntry {
    /// Reads `{"header", "body"}`, both in Base64; nil for anything else.
    init?(json value: JSONValue) {
        guard let bytes = value["header"]?.string.flatMap({ Base64.decode($0) }),
            let header = try? LogHeader(decoding: bytes),
            let body = value["body"]?.string.flatMap({ Base64.decode($0) })
        else { return nil }
        self.init(header: header, body: body)
    }
}
