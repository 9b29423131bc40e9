/// The few elements that an S3 service's XML answers are asked for. No general parser: the elements wanted hold text
/// alone and are never nested in themselves.
struct S3Answer: Sendable {
    private let text: String

    init(_ bytes: [UInt8]) {
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    private init(text: Substring) {
        self.text = String(text)
    }

    /// The text of the first `element`, or nil.
    subscript(element: String) -> String? { self.all(element).first }

    /// The content of each `element`, as XML of its own.
    func parts(_ element: String) -> [S3Answer] {
        self.contents(element).map { S3Answer(text: $0) }
    }

    /// The text of each `element`.
    func all(_ element: String) -> [String] {
        self.contents(element).map(Self.unescaped)
    }

    private func contents(_ element: String) -> [Substring] {
        var out: [Substring] = []
        var rest = self.text[...]
        while let start = rest.firstRange(of: "<\(element)>") {
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: "</\(element)>") else { break }
            out.append(rest[..<end.lowerBound])
            rest = rest[end.upperBound...]
        }
        return out
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.utf8.contains(0x26) else { return String(text) }
        let named = ["lt": "<", "gt": ">", "quot": "\"", "apos": "'", "amp": "&"]
        var out = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            out += rest[..<start]
            rest = rest[rest.index(after: start)...]
            guard let end = rest.firstIndex(of: ";") else { break }
            out += self.character(rest[..<end], named)
            rest = rest[rest.index(after: end)...]
        }
        return out + rest
    }

    private static func character(_ name: Substring, _ named: [String: String]) -> String {
        if let known = named[String(name)] { return known }
        let digits = name.dropFirst()
        let number = digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        guard name.first == "#", let number, let scalar = Unicode.Scalar(number) else { return "&\(name);" }
        return String(Character(scalar))
    }
}
