internal import TarnCore

/// A `multipart/form-data` body (RFC 7578) that is in memory: its fields by name, the last one of a name wins.
struct MultipartForm: Sendable {
    /// Parts that a form may have.
    private static let partsMax = 64
    /// Characters of a boundary (RFC 2046, section 5.1.1). Searching costs body times boundary at worst.
    private static let boundaryBytesMax = 70

    private(set) var fields: [String: [UInt8]] = [:]

    /// Nil when `contentType` names another kind of body. Throws ``DatabricksError`` when the body is not such a form.
    init?(_ body: [UInt8], contentType: String?) throws(DatabricksError) {
        guard let contentType, contentType.lowercased().hasPrefix("multipart/form-data") else { return nil }
        guard let boundary = Self.parameter("boundary", of: contentType), !boundary.isEmpty else {
            throw Self.malformed("its content type names no boundary")
        }
        guard boundary.utf8.count <= Self.boundaryBytesMax else {
            throw Self.malformed("its boundary has over \(Self.boundaryBytesMax) characters")
        }
        let delimiter = Array("--\(boundary)".utf8)
        guard var position = Self.find(delimiter, in: body, from: 0) else {
            throw Self.malformed("its boundary is nowhere in it")
        }
        while true {
            position += delimiter.count
            if body[position...].starts(with: [0x2d, 0x2d]) { return }
            guard let headEnd = Self.find([0x0d, 0x0a, 0x0d, 0x0a], in: body, from: position),
                let end = Self.find([0x0d, 0x0a] + delimiter, in: body, from: headEnd + 2)
            else { throw Self.malformed("a part of it does not end") }
            let head = String(decoding: body[position..<headEnd], as: UTF8.self)
            guard let name = Self.name(inHead: head) else { throw Self.malformed("a part of it has no name") }
            guard self.fields.count < Self.partsMax else { throw Self.malformed("it has over \(Self.partsMax) parts") }
            let start = headEnd + 4
            self.fields[name] = start <= end ? Array(body[start..<end]) : []
            position = end + 2
        }
    }

    func string(_ name: String) -> String? {
        self.fields[name].map { String(decoding: $0, as: UTF8.self) }
    }

    private static func malformed(_ reason: String) -> DatabricksError {
        DatabricksError(400, "MALFORMED_REQUEST", "the body is not a form: \(reason)")
    }

    private static func name(inHead head: String) -> String? {
        for line in head.split(whereSeparator: \.isNewline)
        where line.lowercased().hasPrefix("content-disposition:") {
            return self.parameter("name", of: String(line))
        }
        return nil
    }

    /// The value of `; name=value` or `; name="value"`.
    private static func parameter(_ name: String, of header: String) -> String? {
        for part in header.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimming(" ").lowercased() == name else { continue }
            return String(pair[1].trimming(" ").trimming("\""))
        }
        return nil
    }

    /// Where `needle` begins in `bytes` at or after `start`, or nil.
    private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = needle.first, bytes.count >= needle.count else { return nil }
        var index = start
        let last = bytes.count - needle.count
        return bytes.withUnsafeBufferPointer { bytes in
            while index <= last {
                if bytes[index] == first, bytes[index..<index + needle.count].elementsEqual(needle) { return index }
                index += 1
            }
            return nil
        }
    }
}

extension Substring {
    /// Without `character` at either end.
    fileprivate func trimming(_ character: Character) -> Substring {
        var text = self.drop { $0 == character }
        while text.last == character { text = text.dropLast() }
        return text
    }
}
