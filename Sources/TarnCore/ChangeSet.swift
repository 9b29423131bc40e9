/// Entries changed together, all or nothing: the body of a log entry.
package struct ChangeSet: Hashable, Sendable {
    package let changes: [Change]
    /// The network address that the changes came from, as the audit log shows it; empty when nothing is known of it.
    package let source: String

    /// Throws ``CoreError`` with code `invalidChangeSet` when there are more changes than one set may hold, or a longer
    /// source.
    package init(_ changes: [Change], source: String = "") throws(CoreError) {
        guard source.utf8.count <= Limits.sourceBytesMax else {
            throw CoreError(.invalidChangeSet, "source '\(source)' has over \(Limits.sourceBytesMax) bytes")
        }
        guard changes.count <= Limits.changesPerSetMax else {
            throw CoreError(
                .invalidChangeSet,
                "change set of \(changes.count) changes; at most \(Limits.changesPerSetMax) are allowed"
            )
        }
        self.changes = changes
        self.source = source
    }

    /// `count, change…, source?`: an unknown source is left out.
    package func encoded() -> [UInt8] { self.encoded(source: self.source) }

    /// The same as if the changes had come from `source`, of which the first ``Limits/sourceBytesMax`` bytes are kept.
    package func encoded(source: String) -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: self.changes.count * 160)
        writer.write(count: self.changes.count)
        for change in self.changes { change.encode(into: &writer) }
        let kept = String(decoding: source.utf8.prefix(Limits.sourceBytesMax), as: UTF8.self)
        if !kept.isEmpty { writer.write(kept) }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(CoreError) {
        var reader = CanonicalReader(bytes)
        let count = try reader.readCount(max: Limits.changesPerSetMax)
        var changes: [Change] = []
        changes.reserveCapacity(min(count, reader.remaining))
        for _ in 0..<count { changes.append(try Change(from: &reader)) }
        self.source = try Self.readSource(from: &reader)
        self.changes = changes
    }

    /// The end of an encoded set, behind its changes.
    static func readSource(from reader: inout CanonicalReader) throws(CoreError) -> String {
        if reader.isAtEnd { return "" }
        let source = try reader.readString(max: Limits.sourceBytesMax)
        guard !source.isEmpty else { throw CoreError(.malformed, "an empty source is left out") }
        try reader.expectEnd()
        return source
    }

    /// The blobs that must be durable before this set may be acknowledged, in the order they are named, without
    /// repeats.
    ///
    /// Blobs that a manifest names in turn are not among them.
    package var blobs: [BlobAddress] {
        var seen: Set<BlobAddress> = []
        var out: [BlobAddress] = []
        for change in self.changes {
            guard case .put(let entry) = change.action, let blob = entry.blob, seen.insert(blob).inserted else {
                continue
            }
            out.append(blob)
        }
        return out
    }
}
