package import TarnCore

/// How far an import has come.
package struct TransferProgress: Sendable {
    package var filesDone = 0
    package var filesCount = 0
    package var bytesDone: UInt64 = 0
    package var bytesCount: UInt64 = 0

    package init() {}
}

/// What an import did.
package struct ImportResult: Sendable {
    /// Files and bytes of the source, without those among ``problems``.
    package var filesCount = 0
    package var bytesCount: UInt64 = 0
    /// Files that were read, because their stamps said that they may have changed.
    package var filesReadCount = 0
    package var unchangedCount = 0
    /// Bytes that the new blobs took in the store of the node that received them.
    package var newStoredBytesCount: UInt64 = 0
    /// Changes that were committed; those equal to what the target held are not counted.
    package var changesCount: UInt64 = 0
    package var deletedCount = 0
    package var movedCount = 0
    package var op = Op.genesis
    package var root = Digest.zero
    package var seconds = 0.0
    package var isDryRun = false
    package var problems = ProblemList()
    /// Of a dry run: what would be done, up to ``Limits/dryRunPathsMax`` paths.
    package var intents: [Intent] = []

    /// One step of a dry run.
    package struct Intent: Hashable, Sendable {
        package enum Action: String, Sendable {
            case add
            /// Its stamp changed; whether its content did is known only when it is read.
            case compare
            case makeDirectory = "mkdir"
            case delete
        }

        package let action: Action
        package let path: NamespacePath
    }

    package init() {}

    /// Adds what another attempt at the same import did.
    mutating func count(_ other: ImportResult) {
        self.newStoredBytesCount += other.newStoredBytesCount
        self.changesCount += other.changesCount
        self.deletedCount += other.deletedCount
        self.movedCount += other.movedCount
    }

    /// The result as one JSON object.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("files")
        writer.integer(self.filesCount)
        writer.key("bytes")
        writer.integer(self.bytesCount)
        writer.key("files_read")
        writer.integer(self.filesReadCount)
        writer.key("files_unchanged")
        writer.integer(self.unchangedCount)
        writer.key("new_bytes")
        writer.integer(self.newStoredBytesCount)
        writer.key("changes")
        writer.integer(self.changesCount)
        writer.key("deleted")
        writer.integer(self.deletedCount)
        writer.key("moved")
        writer.integer(self.movedCount)
        writer.key("op")
        writer.integer(self.op.number)
        writer.key("root")
        writer.string(self.root.hex)
        writer.key("seconds")
        writer.number(self.seconds)
        writer.key("dry_run")
        writer.boolean(self.isDryRun)
        if self.isDryRun {
            writer.key("would")
            writer.beginArray()
            for intent in self.intents {
                writer.beginObject()
                writer.key("action")
                writer.string(intent.action.rawValue)
                writer.key("path")
                writer.string(intent.path.string)
                writer.endObject()
            }
            writer.endArray()
        }
        self.problems.write(to: &writer)
        writer.endObject()
        return writer.text
    }
}

extension ProblemList {
    /// The members `problem_count` and `problems` of the object that is open.
    func write(to writer: inout JSONWriter) {
        writer.key("problem_count")
        writer.integer(self.count)
        writer.key("problems")
        writer.beginArray()
        for problem in self.problems {
            writer.beginObject()
            writer.key("path")
            writer.string(problem.path)
            writer.key("reason")
            writer.string(problem.reason)
            writer.endObject()
        }
        writer.endArray()
    }
}
