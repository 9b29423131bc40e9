package import TarnCore

/// One segment as a backup holds it.
package struct BackupSegment: Hashable, Sendable {
    /// The number that it had in the store it was copied from.
    package let number: UInt32
    /// `small` or `bulk`.
    package let stream: String
    package let bytesCount: UInt64
    /// As the node named it; its object is called after it.
    package let fingerprint: Digest
    /// SHA-256 of the whole file; nil until it was copied.
    package var content: Digest?

    /// The name of its object.
    package var object: String { BackupNames.segment(self.fingerprint) }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("number")
        writer.integer(self.number)
        writer.key("stream")
        writer.string(self.stream)
        writer.key("bytes")
        writer.integer(self.bytesCount)
        writer.key("fingerprint")
        writer.string(self.fingerprint.hex)
        if let content {
            writer.key("sha256")
            writer.string(content.hex)
        }
        writer.endObject()
    }
}

extension BackupSegment {
    /// Nil for what ``write(to:)`` does not write.
    init?(_ value: JSONValue) {
        guard let number = value["number"]?.unsigned.flatMap({ UInt32(exactly: $0) }), number > 0,
            let stream = value["stream"]?.string, stream == "small" || stream == "bulk",
            let bytesCount = value["bytes"]?.unsigned,
            let fingerprint = value["fingerprint"]?.string.flatMap({ Digest(hex: $0) })
        else { return nil }
        let content = value["sha256"]?.string.flatMap { Digest(hex: $0) }
        self.init(
            number: number,
            stream: stream,
            bytesCount: bytesCount,
            fingerprint: fingerprint,
            content: content
        )
    }

    /// All segments of a list; nil when it is none, or one of them is malformed.
    static func list(_ value: JSONValue?) -> [BackupSegment]? {
        guard let items = value?.items else { return nil }
        let segments = items.compactMap { BackupSegment($0) }
        return segments.count == items.count ? segments : nil
    }
}
