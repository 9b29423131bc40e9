package import TarnCore

/// The answer to a query.
package struct QueryResult: Sendable {
    package let columns: [String]
    package let rows: [[CatalogValue]]
    /// The op whose state the rows show.
    package let op: Op
    /// Whether rows were left out because there were too many, which only happens when the caller allows it.
    package let isTruncated: Bool

    package init(columns: [String], rows: [[CatalogValue]], op: Op, isTruncated: Bool) {
        self.columns = columns
        self.rows = rows
        self.op = op
        self.isTruncated = isTruncated
    }
}
