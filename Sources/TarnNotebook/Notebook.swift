package import TarnCore

/// A notebook as a list of cells, apart from the format that its bytes have.
///
/// Every format is read into this model and written from it. What only one format can say is carried along in the
/// fields named after it, so that SOURCE → JUPYTER → SOURCE gives the same bytes.
package struct Notebook: Hashable, Sendable {
    package var name: String
    /// The language of cells that name none.
    package var language: NotebookLanguage
    package var cells: [NotebookCell]
    /// Members of a Jupyter document other than its cells.
    package var jupyterFields = JSONObject()
    /// Members of a workspace's own model that the other fields do not say.
    package var modelFields = JSONObject()
    /// The first line of the SOURCE form with its end, where it is not the usual one.
    var sourceHeader: String?
    /// What stands behind the last cell of the SOURCE form: nothing or a line break.
    var sourceEnding = ""

    package init(name: String, language: NotebookLanguage, cells: [NotebookCell]) {
        self.name = name
        self.language = language
        self.cells = cells
    }

    /// Whether both notebooks have the same cells in the same language, whatever their outputs, metadata and layout.
    package func hasSameText(as other: Notebook) -> Bool {
        self.language == other.language && self.cells.count == other.cells.count
            && zip(self.cells, other.cells).allSatisfy { $0.hasSameText(as: $1) }
    }
}
