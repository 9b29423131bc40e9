package import TarnCore

/// What an export did.
package struct ExportResult: Sendable {
    /// Files and bytes of the directory.
    package var filesCount = 0
    package var bytesCount: UInt64 = 0
    package var directoriesCount = 0
    /// Files that were fetched; the others were there already.
    package var filesWrittenCount = 0
    package var bytesWrittenCount: UInt64 = 0
    package var op = Op.genesis
    package var root = Digest.zero
    package var seconds = 0.0
    package var problems = ProblemList()

    package init() {}

    /// The result as one JSON object.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("files")
        writer.integer(self.filesCount)
        writer.key("bytes")
        writer.integer(self.bytesCount)
        writer.key("directories")
        writer.integer(self.directoriesCount)
        writer.key("files_written")
        writer.integer(self.filesWrittenCount)
        writer.key("bytes_written")
        writer.integer(self.bytesWrittenCount)
        writer.key("op")
        writer.integer(self.op.number)
        writer.key("root")
        writer.string(self.root.hex)
        writer.key("seconds")
        writer.number(self.seconds)
        self.problems.write(to: &writer)
        writer.endObject()
        return writer.text
    }
}
