/// What a cell printed or showed when it was run, apart from the format that says it.
package enum NotebookOutput: Hashable, Sendable {
    /// Plain text, escape sequences of a terminal removed.
    case text(String)
    /// What stopped the cell, in one line, and where.
    case failure(summary: String, trace: String)
    /// A fragment of HTML that came from the notebook: never to be shown as HTML.
    case html(String)
    /// A picture in base-64, of a type such as `image/png`.
    case image(type: String, base64: String)
    /// Rows of cells as text, nil for null.
    case table(columns: [String], rows: [[String?]], isComplete: Bool)
}
