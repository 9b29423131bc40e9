internal import TarnSQLite

/// Why the catalog did not do what was asked.
package struct CatalogError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The statement does what no statement may, or reads what is not shown.
        case rejected
        /// The statement ran past its time limit.
        case timeout
        /// The result has more rows or bytes than a result may have.
        case tooManyRows
        /// The statement needed more memory than its budget.
        case memoryExceeded
        /// The statement is not SQL that SQLite understands.
        case syntax
        /// Too many ask at once, or the catalog is being rebuilt; asking again helps.
        case busy
        /// The file is damaged. It was removed; opening the catalog again makes an empty one.
        case corrupt
        /// Ops that do not follow the ones applied before.
        case gap
        /// Full-text search is switched off.
        case searchDisabled
        case closed
        /// The disk, or anything else that is not the asker's fault.
        case failed
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What `error` means to somebody who asked for a statement or an apply.
    init(_ error: SQLiteError) {
        switch error.code {
        case .busy: self.init(.busy, error.message)
        case .corrupt: self.init(.corrupt, "the catalog's file is damaged: \(error.message)")
        case .denied: self.init(.rejected, error.message)
        case .unknownTable:
            let views = Catalog.documentation.map(\.name).joined(separator: ", ")
            self.init(.rejected, "there is no view '\(error.message)'; the views are \(views)")
        case .timedOut: self.init(.timeout, error.message)
        case .memoryExceeded: self.init(.memoryExceeded, error.message)
        case .tooBig: self.init(.tooManyRows, "a value is larger than a value may be: \(error.message)")
        case .closed: self.init(.closed, "the catalog is closed")
        case .cancelled, .full, .inputOutput, .failed: self.init(.failed, error.message)
        }
    }

    package var description: String { "\(self.code.rawValue): \(self.message)" }
}
