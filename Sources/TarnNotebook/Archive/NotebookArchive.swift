internal import TarnCore

/// A DBC archive: a notebook, or a folder of them with its subfolders.
package enum NotebookArchive {
    /// A notebook and where it stands in the archive.
    package struct Item: Hashable, Sendable {
        /// Names parted by slashes, without the extension that says the language.
        package let path: String
        package let notebook: Notebook

        package init(path: String, notebook: Notebook) {
            self.path = path
            self.notebook = notebook
        }
    }

    /// The notebooks of the archive. Throws ``NotebookError`` when it is damaged, holds anything else or exceeds a
    /// limit.
    package static func read(_ bytes: [UInt8]) throws(NotebookError) -> [Item] {
        var items: [Item] = []
        for file in try ZipReader.read(bytes) {
            let components = file.path.split(separator: "/", omittingEmptySubsequences: false)
            guard components.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && !$0.contains("\0") }) else {
                throw NotebookError(
                    .malformed,
                    "The archive names a file '\(file.path)', which is no path in a folder."
                )
            }
            let fileExtension = FileName.fileExtension(of: file.path)
            guard let language = NotebookLanguage.allCases.first(where: { $0.modelName == fileExtension }) else {
                throw NotebookError(.unsupported, "'\(file.path)' in the archive is no notebook.")
            }
            let path = String(file.path.dropLast(fileExtension.count + 1))
            var notebook = try ModelReader.read(file.bytes, language: language)
            if notebook.name.isEmpty { notebook.name = FileName.last(of: path) }
            items.append(Item(path: path, notebook: notebook))
        }
        return items
    }

    /// The archive of `items`, whose folders are made. Throws for more notebooks than an archive takes.
    package static func write(_ items: [Item]) throws(NotebookError) -> [UInt8] {
        guard items.count <= Limits.archiveEntriesMax else {
            throw NotebookError(
                .tooLarge,
                "\(items.count) notebooks do not fit an archive; the limit is \(Limits.archiveEntriesMax)."
            )
        }
        var writer = ZipWriter()
        var folders: Set<String> = []
        for item in items {
            for folder in self.folders(above: item.path) where folders.insert(folder).inserted {
                guard folders.count <= Limits.archiveEntriesMax else {
                    throw NotebookError(.tooLarge, "The archive has more than \(Limits.archiveEntriesMax) folders.")
                }
                writer.append(path: folder, content: [])
            }
            guard writer.bytes.count < Limits.archiveInflatedBytesMax else {
                throw NotebookError(.tooLarge, "The archive exceeds \(Limits.archiveInflatedBytesMax) bytes.")
            }
            let path = "\(item.path).\(item.notebook.language.modelName)"
            writer.append(path: path, content: ModelWriter.write(item.notebook))
        }
        return writer.finish()
    }

    /// `a/`, `a/b/` for `a/b/c`.
    private static func folders(above path: String) -> [String] {
        path.utf8.indices.filter { path.utf8[$0] == 0x2f }.map { String(path[...$0]) }
    }
}
