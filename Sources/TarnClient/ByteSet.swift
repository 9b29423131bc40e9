/// The bytes that a bracket expression of a pattern takes: `[abc]`, `[a-z]`, `[!0-9]`, `[[:alpha:]]`.
struct ByteSet: Sendable {
    private var members = [Bool](repeating: false, count: 256)
    private var isNegated = false

    /// Reads from behind the opening bracket, and moves `index` behind the closing one.
    init(_ text: ArraySlice<UInt8>, _ index: inout Int, pattern: String) throws(ClientError) {
        if index < text.endIndex, text[index] == UInt8(ascii: "!") || text[index] == UInt8(ascii: "^") {
            self.isNegated = true
            index += 1
        }
        let start = index
        while true {
            guard index < text.endIndex else {
                throw ClientError(.usage, "pattern '\(pattern)' opens a '[' that is not closed; escape it as '\\['")
            }
            // A bracket in the first place is a member.
            if text[index] == UInt8(ascii: "]"), index > start {
                index += 1
                return
            }
            if text[index...].starts(with: [UInt8(ascii: "["), UInt8(ascii: ":")]) {
                try self.insertClass(text, &index, pattern: pattern)
            } else {
                try self.insertRange(text, &index, pattern: pattern)
            }
        }
    }

    func contains(_ byte: UInt8) -> Bool {
        self.members[Int(byte)] != self.isNegated
    }

    private mutating func insertRange(
        _ text: ArraySlice<UInt8>,
        _ index: inout Int,
        pattern: String
    ) throws(ClientError) {
        let low = try Self.member(text, &index, pattern: pattern)
        var high = low
        if index + 1 < text.endIndex, text[index] == UInt8(ascii: "-"), text[index + 1] != UInt8(ascii: "]") {
            index += 1
            high = try Self.member(text, &index, pattern: pattern)
        }
        guard low <= high else { return }
        for byte in low...high { self.members[Int(byte)] = true }
    }

    private static func member(
        _ text: ArraySlice<UInt8>,
        _ index: inout Int,
        pattern: String
    ) throws(ClientError) -> UInt8 {
        if text[index] == UInt8(ascii: "\\") { index += 1 }
        guard index < text.endIndex else {
            throw ClientError(.usage, "pattern '\(pattern)' ends in a backslash that escapes nothing")
        }
        defer { index += 1 }
        return text[index]
    }

    private mutating func insertClass(
        _ text: ArraySlice<UInt8>,
        _ index: inout Int,
        pattern: String
    ) throws(ClientError) {
        let rest = text[(index + 2)...]
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")), colon + 1 < text.endIndex,
            text[colon + 1] == UInt8(ascii: "]")
        else {
            throw ClientError(.usage, "pattern '\(pattern)' opens a '[:' that is not closed")
        }
        let name = String(decoding: rest[..<colon], as: UTF8.self)
        guard let takes = Self.classes[name] else {
            throw ClientError(.usage, "pattern '\(pattern)' names an unknown class '[:\(name):]'")
        }
        for byte in UInt8.min...UInt8.max where takes(byte) { self.members[Int(byte)] = true }
        index = colon + 2
    }

    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "alnum": { Self.isLetter($0) || Self.isDigit($0) },
        "alpha": { Self.isLetter($0) },
        "blank": { $0 == 0x20 || $0 == 0x09 },
        "digit": { Self.isDigit($0) },
        "lower": { (0x61...0x7a).contains($0) },
        "punct": { (0x21...0x7e).contains($0) && !Self.isLetter($0) && !Self.isDigit($0) },
        "space": { $0 == 0x20 || (0x09...0x0d).contains($0) },
        "upper": { (0x41...0x5a).contains($0) },
        "xdigit": { Self.isDigit($0) || (0x61...0x66).contains($0 | 0x20) },
    ]

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
