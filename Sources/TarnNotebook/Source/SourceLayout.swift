/// In what a cell's SOURCE form differs from the one that the workspace writes.
///
/// Bodies and separators that are as the workspace writes them need nothing; what is not is kept here, so that the
/// same bytes can be written again.
struct SourceLayout: Hashable, Sendable {
    /// What parts the cell from the one before it.
    var separator: String?
    /// All of the cell's lines, where the cell's text alone does not give them.
    var body: String?
    /// Whether empty lines of a magic end in a space, as older versions of the workspace wrote them.
    var hasSpacedBlankLines = false

    var isUsual: Bool { self == SourceLayout() }
}
