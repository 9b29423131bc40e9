package import TarnCore

/// What is lost, and what may be, when one datacentre goes on alone after a majority, or a part of its own log, was given
/// up: made before anything is changed.
///
/// Exact about all that this datacentre ever heard of. What the others committed and never told it can be bounded by
/// what they last said of themselves, and by receipts: one whose entry is not in the log that is kept is void.
package struct LossStatement: Hashable, Sendable {
    /// A change set that is dropped, or kept without all that it names.
    package struct Item: Hashable, Sendable {
        package let op: Op
        package let entry: Digest
        package let author: String
        package let request: RequestID
        package let timestampMicroseconds: UInt64
        /// What it changes, of which the first ``pathsMax`` are told.
        package let paths: [NamespacePath]
        package let pathsCount: Int
        package let missingBlobs: [BlobAddress]
    }

    /// What another datacentre last said that it holds.
    package struct LastWord: Hashable, Sendable {
        package let datacenter: DatacenterID
        package let op: Op
        package let commit: Op
        package let heardAtMicroseconds: UInt64
    }

    static let pathsMax = 1_000
    /// Items that are told one by one; more are counted.
    static let itemsMax = 10_000

    package let cluster: String
    package let datacenter: DatacenterID
    package let oldLineage: UInt64
    /// The lineage that begins.
    package let lineage: UInt64
    /// The newest op that is known to be committed.
    package let commit: Op
    /// The newest op that is kept: receipts up to here stay true if their entry is in this log.
    package let kept: Op
    package let keptRoot: Digest
    /// Ordered after ``kept`` and dropped, because blobs that they name are not here, or an entry before them is not.
    package let dropped: [Item]
    package let droppedCount: Int
    /// Kept in the log, with contents that are not here.
    package let incomplete: [Item]
    package let incompleteCount: Int
    package let lastWords: [LastWord]

    /// The newest op that any other datacentre said it had.
    package var newestHeard: Op { self.lastWords.map { max($0.op, $0.commit) }.max() ?? .genesis }

    /// How many ops after ``kept`` are known to have been ordered, here or elsewhere, and are not here.
    package var unseenCount: UInt64 {
        let newest = max(self.newestHeard, self.commit, self.dropped.last?.op ?? self.kept)
        let known = self.kept.number + UInt64(self.droppedCount)
        return newest.number - min(newest.number, known)
    }
}

extension LossStatement {
    /// The document that is written down before the lineage begins.
    package func json() -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 4_096)
        writer.beginObject()
        for (key, value) in [
            ("cluster", self.cluster), ("datacenter", self.datacenter.name), ("old_lineage", String(self.oldLineage)),
            ("lineage", String(self.lineage)), ("kept_root", self.keptRoot.hex),
        ] {
            writer.key(key)
            writer.string(value)
        }
        for (key, value) in [
            ("known_commit", self.commit.number), ("kept_op", self.kept.number),
            ("newest_op_heard", self.newestHeard.number), ("unseen_ops", self.unseenCount),
            ("dropped_count", UInt64(self.droppedCount)), ("incomplete_count", UInt64(self.incompleteCount)),
        ] {
            writer.key(key)
            writer.integer(value)
        }
        writer.key("receipts_void_after_op")
        writer.integer(self.kept.number)
        writer.key("dropped")
        Self.write(self.dropped, to: &writer)
        writer.key("incomplete")
        Self.write(self.incomplete, to: &writer)
        writer.key("last_words")
        writer.beginArray()
        for word in self.lastWords {
            writer.beginObject()
            writer.key("dc")
            writer.string(word.datacenter.name)
            writer.key("op")
            writer.integer(word.op.number)
            writer.key("commit")
            writer.integer(word.commit.number)
            writer.key("heard")
            writer.string(Timestamp(microseconds: word.heardAtMicroseconds).description)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer
    }

    private static func write(_ items: [Item], to writer: inout JSONWriter) {
        writer.beginArray()
        for item in items {
            writer.beginObject()
            writer.key("op")
            writer.integer(item.op.number)
            writer.key("entry")
            writer.string(item.entry.hex)
            writer.key("author")
            writer.string(item.author)
            writer.key("request")
            writer.string(item.request.description)
            writer.key("time")
            writer.string(Timestamp(microseconds: item.timestampMicroseconds).description)
            writer.key("paths")
            writer.beginArray()
            for path in item.paths { writer.string(path.description) }
            writer.endArray()
            writer.key("paths_count")
            writer.integer(item.pathsCount)
            writer.key("missing_blobs")
            writer.beginArray()
            for blob in item.missingBlobs { writer.string("\(blob)") }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
    }
}
