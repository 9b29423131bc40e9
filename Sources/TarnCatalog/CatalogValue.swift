/// A value in a query's result or among its parameters.
package enum CatalogValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    /// Bytes that the value counts for in a result's limit.
    var bytesCount: Int {
        switch self {
        case .null, .integer, .real: 8
        case .text(let text): 8 + text.utf8.count
        case .blob(let bytes): 8 + bytes.count
        }
    }
}
