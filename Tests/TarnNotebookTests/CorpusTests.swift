import Foundation
import TarnNotebook
import Testing

/// Real notebooks: those of the sample workspace, and those below the folders that `TARN_NOTEBOOKS` names, parted by
/// colons.
@Suite("Real notebooks")
struct CorpusTests {
    /// How many files of each kind a normal run reads in the named folders; all of them with `TARN_LONG=1`.
    static let sampleCount = 300

    static let folders = (ProcessInfo.processInfo.environment["TARN_NOTEBOOKS"] ?? "").split(separator: ":")
        .map { URL(filePath: String($0)) }

    static let files: [URL] = {
        let sample = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../ops/sample/workspace")
        // By kind: the few pages and archives must not fall through a sieve made for everything else.
        let kinds = Dictionary(grouping: Self.folders.flatMap { Self.files(below: $0) }) { file in
            ["dbc", "html", "ipynb"].first { $0 == file.pathExtension } ?? ""
        }
        return kinds.sorted { $0.key < $1.key }.reduce(into: Self.files(below: sample)) { files, kind in
            let step = Effort.isLong ? 1 : max(1, kind.value.count / Self.sampleCount)
            files += stride(from: 0, to: kind.value.count, by: step).map { kind.value[$0] }
        }
    }()

    /// The pages of a workspace among the files.
    static let pages = Self.files.filter { file in
        guard file.pathExtension == "html", let content = try? Data(contentsOf: file) else { return false }
        return [UInt8](content).contains(Array("__DATABRICKS_NOTEBOOK_MODEL".utf8))
    }

    static let archives = Self.files.filter { $0.pathExtension == "dbc" }

    private static func files(below folder: URL) -> [URL] {
        guard let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.isRegularFileKey])
        else {
            return []
        }
        return found.compactMap { $0 as? URL }.filter { !$0.hasDirectoryPath }.sorted { $0.path() < $1.path() }
    }

    /// The files that are notebooks in `format` by name and content.
    static func notebooks(_ format: NotebookFormat) throws -> [(name: String, bytes: [UInt8])] {
        try self.files.compactMap { file in
            let bytes = [UInt8](try Data(contentsOf: file))
            let found = NotebookRecognition.notebook(name: file.lastPathComponent, content: bytes)
            return found?.format == format ? (file.lastPathComponent, bytes) : nil
        }
    }

    @Test("every folder that TARN_NOTEBOOKS names holds files")
    func named() {
        for folder in Self.folders { #expect(!Self.files(below: folder).isEmpty, "\(folder.path())") }
    }

    @Test("every SOURCE comes back byte for byte by way of JUPYTER")
    func source() throws {
        let notebooks = try Self.notebooks(.source)
        #expect(notebooks.count > 5)
        for (name, bytes) in notebooks where String(validating: bytes, as: UTF8.self) != nil {
            let notebook = try Notebook.read(bytes, format: .source, path: name)
            #expect(try notebook.write(.source) == bytes, "\(name)")
            let jupyter = try notebook.write(.jupyter)
            let again = try Notebook.read(jupyter, path: name + ".ipynb")
            #expect(again.hasSameText(as: notebook), "\(name)")
            #expect(try again.write(.source) == bytes, "\(name)")
        }
    }

    @Test("every JUPYTER comes back cell for cell by way of SOURCE")
    func jupyter() throws {
        let notebooks = try Self.notebooks(.jupyter)
        #expect(notebooks.count >= 3, "as many are in the sample workspace")
        for (name, bytes) in notebooks {
            let notebook = try Notebook.read(bytes, path: name)
            let source = try notebook.write(.source)
            let again = try Notebook.read(source, format: .source, language: notebook.language)
            #expect(again.hasSameText(as: notebook), "\(name)")
            let jupyter = try Notebook.read(try again.write(.jupyter), path: name)
            #expect(jupyter.hasSameText(as: notebook), "\(name)")
            #expect(try Notebook.read(try notebook.write(.jupyter), path: name).hasSameText(as: notebook), "\(name)")
        }
    }

    @Test(
        "every page of a workspace is read, and its cells come back from every format",
        .enabled(if: !Self.pages.isEmpty, "there is no page: set TARN_NOTEBOOKS to folders that hold some")
    )
    func readsPages() throws {
        for file in Self.pages {
            let name = file.lastPathComponent
            try Self.checkModel(try Notebook.read([UInt8](try Data(contentsOf: file)), path: name), name: name)
        }
    }

    @Test(
        "every archive of a workspace is read, and its cells come back from every format",
        .enabled(if: !Self.archives.isEmpty, "there is no archive: set TARN_NOTEBOOKS to folders that hold some")
    )
    func readsArchives() throws {
        for file in Self.archives {
            let name = file.lastPathComponent
            let items = try NotebookArchive.read([UInt8](try Data(contentsOf: file)))
            #expect(!items.isEmpty)
            for item in items { try Self.checkModel(item.notebook, name: "\(name) \(item.path)") }
            let again = try NotebookArchive.read(try NotebookArchive.write(items))
            #expect(again.map(\.path) == items.map(\.path))
            for (first, second) in zip(items, again) {
                #expect(first.notebook.hasSameText(as: second.notebook), "\(name)")
                #expect(first.notebook.cells.map(\.commandFields) == second.notebook.cells.map(\.commandFields))
            }
        }
    }

    private static func checkModel(_ notebook: Notebook, name: String) throws {
        for format in [NotebookFormat.html, .dbc, .jupyter, .source] {
            let bytes = try notebook.write(format)
            let again = try Notebook.read(bytes, format: format, language: notebook.language, path: name)
            #expect(again.hasSameText(as: notebook), "\(name) as \(format)")
            // In a Jupyter document a table is HTML, and cells of text have no outputs.
            if format == .jupyter {
                for (cell, other) in zip(notebook.cells, again.cells) where cell.kind == .code {
                    #expect(other.outputs.count == cell.outputs.count, "\(name): \(cell.command)")
                }
            } else if format != .source {
                #expect(again.cells.map(\.outputs) == notebook.cells.map(\.outputs), "\(name) as \(format)")
            }
        }
        #expect(!NotebookRenderer.render(notebook).isEmpty || notebook.cells.isEmpty)
    }
}
