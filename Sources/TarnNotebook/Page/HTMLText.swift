/// Between text and HTML.
enum HTMLText {
    /// `text` with the characters that mean something in HTML, in text or in a quoted attribute, written as entities.
    static func escape(_ text: String) -> String {
        var out: [UInt8] = []
        self.append(text, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends `text` escaped. Control characters, which HTML does not know, become U+FFFD.
    static func append(_ text: String, to out: inout [UInt8]) {
        var text = text
        text.withUTF8 { bytes in
            var runStart = 0
            for index in 0..<bytes.count {
                guard let entity = self.entity(of: bytes[index]) else { continue }
                out.append(contentsOf: bytes[runStart..<index])
                out.append(contentsOf: UnsafeBufferPointer(start: entity.utf8Start, count: entity.utf8CodeUnitCount))
                runStart = index + 1
            }
            out.append(contentsOf: bytes[runStart...])
        }
    }

    private static func entity(of byte: UInt8) -> StaticString? {
        switch byte {
        case 0x26: "&amp;"
        case 0x3c: "&lt;"
        case 0x3e: "&gt;"
        case 0x22: "&quot;"
        case 0x27: "&#39;"
        case 0x09, 0x0a, 0x0d: nil
        case 0x00..<0x20, 0x7f: "\u{fffd}"
        default: nil
        }
    }

    /// What a reader sees of `html`: tags, comments, scripts and styles are dropped, ends of blocks and rows become
    /// line breaks, entities the characters they stand for. The result is text and must be escaped to be shown.
    static func plain(_ html: String) -> String {
        guard html.utf8.contains(where: { $0 == 0x3c || $0 == 0x26 }) else { return html }
        let bytes = Array(html.utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case 0x3c: index = self.skipTag(bytes, from: index, out: &out)
            case 0x26: index = self.decodeEntity(bytes, from: index, out: &out)
            default:
                out.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Steps over the tag or comment at `start`, and over the whole element of one whose content is no text.
    private static func skipTag(_ bytes: [UInt8], from start: Int, out: inout [UInt8]) -> Int {
        var nameStart = start + 1
        let isEnd = nameStart < bytes.count && bytes[nameStart] == 0x2f
        if isEnd { nameStart += 1 }
        let name = String(decoding: bytes[nameStart...].prefix(12).prefix { self.isLetter($0) }, as: UTF8.self)
            .lowercased()
        guard !name.isEmpty || nameStart < bytes.count && bytes[nameStart] == 0x21 else {
            out.append(0x3c)
            return start + 1
        }
        let end = bytes[nameStart...].firstIndex(of: 0x3e).map { $0 + 1 } ?? bytes.count
        if !isEnd, name == "script" || name == "style" {
            return self.indexBehind(Array("</\(name)".utf8), in: bytes, from: end)
        }
        if name == "br" || isEnd && ["p", "div", "tr", "li", "table", "pre", "h"].contains(name) { out.append(0x0a) }
        if isEnd, name == "td" || name == "th" { out.append(0x09) }
        return end
    }

    /// The index behind the next `mark`, in any case of letters, and the tag that it begins.
    private static func indexBehind(_ mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int {
        var index = start
        while index + mark.count <= bytes.count {
            if bytes[index] == 0x3c, (0..<mark.count).allSatisfy({ bytes[index + $0] | 0x20 == mark[$0] | 0x20 }) {
                return bytes[index...].firstIndex(of: 0x3e).map { $0 + 1 } ?? bytes.count
            }
            index += 1
        }
        return bytes.count
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }

    private static let entities: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{a0}",
    ]

    private static func decodeEntity(_ bytes: [UInt8], from start: Int, out: inout [UInt8]) -> Int {
        let rest = bytes[(start + 1)...].prefix(10)
        if let end = rest.firstIndex(of: 0x3b) {
            let name = String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
            if let text = self.entities[name] ?? self.numericEntity(name) {
                out.append(contentsOf: text.utf8)
                return end + 1
            }
        }
        out.append(0x26)
        return start + 1
    }

    /// The character of `#39` or `#x27`.
    private static func numericEntity(_ name: String) -> String? {
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let isHexadecimal = digits.hasPrefix("x") || digits.hasPrefix("X")
        let number = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
    }
}
