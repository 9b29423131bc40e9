internal import TarnCatalog
internal import TarnCore
internal import TarnNode

/// The body of `POST /v1/catalog/query`: `{"sql", "parameters"?}`, with parameters in the order of the statement's
/// question marks.
struct QueryStatement: Sendable {
    static let parametersMax = 999

    let sql: String
    let parameters: [CatalogValue]

    init(json bytes: [UInt8]) throws {
        var reader = JSONReader(bytes)
        var sql: String?
        var parameters: [CatalogValue] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "sql": sql = try reader.readString()
            case "parameters":
                try reader.beginArray()
                while try reader.nextElement() {
                    guard parameters.count < Self.parametersMax else {
                        throw Problem(.tooLarge, "more than \(Self.parametersMax) parameters")
                    }
                    parameters.append(try Self.value(&reader))
                }
            default: throw Problem(.invalidRequest, "unknown key '\(key)'; expected: sql, parameters")
            }
        }
        try reader.expectEnd()
        guard let sql else { throw Problem(.invalidRequest, "key 'sql' is missing") }
        self.sql = sql
        self.parameters = parameters
    }

    private static func value(_ reader: inout JSONReader) throws -> CatalogValue {
        switch try reader.peek() {
        case .null:
            try reader.readNull()
            return .null
        case .boolean: return .integer(try reader.readBoolean() ? 1 : 0)
        case .string: return .text(try reader.readString())
        case .number:
            let text = try reader.readNumberText()
            if let number = Int64(text) { return .integer(number) }
            guard let number = Double(text), number.isFinite else {
                throw Problem(.invalidRequest, "'\(text)' is too large for a number")
            }
            return .real(number)
        case .object, .array: throw Problem(.invalidRequest, "a parameter is a string, a number, a boolean or null")
        }
    }
}
