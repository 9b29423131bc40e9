internal import TarnCore
internal import TarnNotebook

/// A notebook as it is stored: in the format that it was imported in, which is converted on the way out.
struct StoredNotebook: Sendable {
    let language: NotebookLanguage
    let format: NotebookFormat
    /// The name that titles and metadata of an export carry.
    let name: String

    /// Throws ``DatabricksError`` when the entry does not say what it is, as one written past this API might.
    init(_ object: WorkspaceObject) throws(DatabricksError) {
        let attributes = object.entry.attributes
        guard let language = attributes[Attributes.Key.language].flatMap({ NotebookLanguage(rawValue: $0) }),
            let format = attributes[Attributes.Key.format].flatMap({ NotebookFormat(rawValue: $0) })
        else {
            throw DatabricksError(500, "INTERNAL_ERROR", "the notebook does not say its language and format")
        }
        self.language = language
        self.format = format
        self.name = object.path.name
    }

    /// The notebook that `content`, the stored bytes, holds. Throws ``DatabricksError`` when they hold none.
    func notebook(_ content: [UInt8]) throws(DatabricksError) -> Notebook {
        do throws(NotebookError) {
            return try Notebook.read(content, format: self.format, language: self.language, path: self.name)
        } catch {
            throw .invalid("The notebook '\(self.name)', stored as \(self.format.rawValue), cannot be read: \(error)")
        }
    }

    /// `content`, the stored bytes, in the format `target`.
    func content(_ content: [UInt8], as target: NotebookFormat) throws(DatabricksError) -> [UInt8] {
        if target == self.format { return content }
        let notebook = try self.notebook(content)
        do throws(NotebookError) {
            return try notebook.write(target)
        } catch {
            throw .invalid("The notebook '\(self.name)' cannot be exported as \(target.rawValue): \(error)")
        }
    }
}
