internal import TarnCore

/// A DBC archive: a notebook, or a folder of them with its subfolders.
///
/// A folder's archive begins with a manifest, and each of its folders says what it is: as the workspace writes them.
package enum NotebookArchive {
    private static let manifest = "manifest.mf"

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
        for file in try ZipReader.read(bytes) where file.path != self.manifest {
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

    /// The archive of one notebook, or of the folder `root` and the `items` below it, whose folders are made. Throws for
    /// more notebooks than an archive takes.
    package static func write(_ items: [Item], below root: String? = nil) throws(NotebookError) -> [UInt8] {
        guard items.count <= Limits.archiveEntriesMax else {
            throw NotebookError(
                .tooLarge,
                "\(items.count) notebooks do not fit an archive; the limit is \(Limits.archiveEntriesMax)."
            )
        }
        let prefix = root.map { "\($0)/" } ?? ""
        var writer = ZipWriter()
        var folders: Set<String> = []
        if root != nil {
            writer.append(path: self.manifest, content: self.manifestModel(of: items))
            self.append(folder: prefix, to: &writer)
            folders.insert(prefix)
        }
        for item in items {
            for folder in self.folders(above: prefix + item.path) where folders.insert(folder).inserted {
                guard folders.count <= Limits.archiveEntriesMax else {
                    throw NotebookError(.tooLarge, "The archive has more than \(Limits.archiveEntriesMax) folders.")
                }
                self.append(folder: folder, to: &writer)
            }
            guard writer.bytes.count < Limits.archiveInflatedBytesMax else {
                throw NotebookError(.tooLarge, "The archive exceeds \(Limits.archiveInflatedBytesMax) bytes.")
            }
            let path = "\(prefix)\(item.path).\(item.notebook.language.modelName)"
            writer.append(path: path, content: ModelWriter.write(item.notebook))
        }
        return writer.finish()
    }

    /// The folder that everything in the archive stands in, if it is one: what an import puts in its place is then that
    /// folder, not one more level.
    package static func root(of items: [Item]) -> String? {
        guard let first = items.first?.path.split(separator: "/", maxSplits: 1), first.count == 2 else { return nil }
        let prefix = "\(first[0])/"
        return items.allSatisfy { $0.path.hasPrefix(prefix) } ? String(first[0]) : nil
    }

    private static func append(folder: String, to writer: inout ZipWriter) {
        let model: JSONValue = [
            "version": "FolderV1", "origId": 0, "name": .string(FileName.last(of: String(folder.dropLast()))),
            "guid": "", "children": [],
        ]
        writer.append(path: folder, content: Array(model.json.utf8))
    }

    private static func manifestModel(of items: [Item]) -> [UInt8] {
        let model: JSONValue = [
            "version": "Manifest", "guid": .string(CellIdentifier.of(items.map(\.path))), "origId": -1,
            "name": .string(self.manifest),
        ]
        return Array(model.json.utf8)
    }

    /// `a/`, `a/b/` for `a/b/c`.
    private static func folders(above path: String) -> [String] {
        path.utf8.indices.filter { path.utf8[$0] == 0x2f }.map { String(path[...$0]) }
    }
}
