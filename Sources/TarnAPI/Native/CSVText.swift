internal import Hummingbird
internal import NIOCore
internal import TarnCatalog
internal import TarnCore

/// A query's result as RFC 4180 text: a header line, CRLF, quotes where they are needed. NULL is an empty field, the
/// empty text `""`.
enum CSVText {
    static func encode(_ result: QueryResult) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(64 + result.rows.count * result.columns.count * 24)
        self.line(result.columns.map { .text($0) }, &out)
        for row in result.rows { self.line(row, &out) }
        return out
    }

    private static func line(_ values: [CatalogValue], _ out: inout [UInt8]) {
        for (index, value) in values.enumerated() {
            if index > 0 { out.append(0x2c) }
            switch value {
            case .null: break
            case .integer(let number): out.append(contentsOf: String(number).utf8)
            case .real(let number): out.append(contentsOf: String(number).utf8)
            case .blob(let bytes): out.append(contentsOf: Hex.encode(bytes).utf8)
            case .text(let text): self.field(text, &out)
            }
        }
        out.append(contentsOf: [0x0d, 0x0a])
    }

    private static func field(_ text: String, _ out: inout [UInt8]) {
        let needsQuotes = text.isEmpty || text.utf8.contains { $0 == 0x2c || $0 == 0x22 || $0 == 0x0d || $0 == 0x0a }
        guard needsQuotes else {
            out.append(contentsOf: text.utf8)
            return
        }
        out.append(0x22)
        for byte in text.utf8 {
            if byte == 0x22 { out.append(0x22) }
            out.append(byte)
        }
        out.append(0x22)
    }
}

extension Response {
    init(csv bytes: [UInt8]) {
        self.init(
            status: .ok,
            headers: [.contentType: "text/csv; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
