/// Entries changed together, all or nothing: the body of a log entry.
package struct ChangeSet: Hashable, Sendable {
    package let changes: [Change]

    /// Throws ``CoreError`` with code `invalidChangeSet` when there are more changes than one set may hold.
    package init(_ changes: [Change]) throws(CoreError) {
        guard changes.count <= Limits.changesPerSetMax else {
            throw CoreError(
                .invalidChangeSet,
                "change set of \(changes.count) changes; at most \(Limits.changesPerSetMax) are allowed"
            )
        }
        self.changes = changes
    }

    /// `count, change…`
    package func encoded() -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: self.changes.count * 160)
        writer.write(count: self.changes.count)
        for change in self.changes { change.encode(into: &writer) }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(CoreError) {
        var reader = CanonicalReader(bytes)
        let count = try reader.readCount(max: Limits.changesPerSetMax)
        var changes: [Change] = []
        changes.reserveCapacity(min(count, reader.remaining))
        for _ in 0..<count { changes.append(try Change(from: &reader)) }
        try reader.expectEnd()
        self.changes = changes
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
