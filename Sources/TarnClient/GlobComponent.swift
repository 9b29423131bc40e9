/// One component of an ignore pattern, compiled: matches a file's name as bytes, as git does.
struct GlobComponent: Sendable {
    private enum Token: Sendable {
        case byte(UInt8)
        /// `?`
        case any
        /// `*`
        case star
        /// `[…]`: which bytes it takes.
        case set(ByteSet)
    }

    private let tokens: [Token]

    /// Throws ``ClientError`` with code `usage` for a set or an escape that does not end.
    init(_ text: ArraySlice<UInt8>, pattern: String) throws(ClientError) {
        var tokens: [Token] = []
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            index += 1
            switch byte {
            case UInt8(ascii: "*"):
                if case .star = tokens.last { break }
                tokens.append(.star)
            case UInt8(ascii: "?"): tokens.append(.any)
            case UInt8(ascii: "["): tokens.append(.set(try ByteSet(text, &index, pattern: pattern)))
            case UInt8(ascii: "\\"):
                guard index < text.endIndex else {
                    throw ClientError(.usage, "pattern '\(pattern)' ends in a backslash that escapes nothing")
                }
                tokens.append(.byte(text[index]))
                index += 1
            default: tokens.append(.byte(byte))
            }
        }
        self.tokens = tokens
    }

    /// Goes back to the last star only, which is enough: time is at most the product of both lengths.
    func matches(_ name: ArraySlice<UInt8>) -> Bool {
        var token = 0
        var index = name.startIndex
        var star: (token: Int, index: Int)?
        while index < name.endIndex {
            if token < self.tokens.count, case .star = self.tokens[token] {
                star = (token, index)
                token += 1
            } else if token < self.tokens.count, Self.takes(self.tokens[token], name[index]) {
                token += 1
                index += 1
            } else if let last = star {
                star = (last.token, last.index + 1)
                token = last.token + 1
                index = last.index + 1
            } else {
                return false
            }
        }
        while token < self.tokens.count, case .star = self.tokens[token] { token += 1 }
        return token == self.tokens.count
    }

    private static func takes(_ token: Token, _ byte: UInt8) -> Bool {
        switch token {
        case .byte(let wanted): wanted == byte
        case .any: true
        case .set(let set): set.contains(byte)
        case .star: false
        }
    }
}
