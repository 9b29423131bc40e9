internal import TarnCore

/// The parts of a Jupyter document's metadata that say which language its cells are in.
struct JupyterMetadata {
    private var workspaceLanguage: NotebookLanguage?
    private var infoLanguage: NotebookLanguage?
    private var kernelLanguage: NotebookLanguage?

    /// What the workspace wrote itself goes first, then the kernel's own statement, then the kernel's name.
    var language: NotebookLanguage? {
        self.workspaceLanguage ?? self.infoLanguage ?? self.kernelLanguage
    }

    init() {}

    /// Reads the object that comes next.
    init(from reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch (key, try reader.peek()) {
            case ("application/vnd.databricks.v1+notebook", .object):
                self.workspaceLanguage = try Self.readLanguage(from: &reader, keys: ["language"])
            case ("language_info", .object):
                self.infoLanguage = try Self.readLanguage(from: &reader, keys: ["name"])
            case ("kernelspec", .object):
                self.kernelLanguage = try Self.readLanguage(from: &reader, keys: ["language", "name"])
            default: try reader.skipValue()
            }
        }
    }

    /// The language that the first of `keys` with a known one names, in the object that comes next.
    private static func readLanguage(
        from reader: inout JSONReader,
        keys: [String]
    ) throws(JSONError) -> NotebookLanguage? {
        var found: [NotebookLanguage?] = keys.map { _ in nil }
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if let index = keys.firstIndex(of: key), try reader.peek() == .string {
                found[index] = NotebookLanguage(kernel: try reader.readString())
            } else {
                try reader.skipValue()
            }
        }
        return found.compactMap(\.self).first
    }
}
