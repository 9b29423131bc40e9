extension JSONReader {
    /// The next value, a string.
    package mutating func readString() throws(JSONError) -> String {
        let start = try self.beginString()
        let isEscaped = try self.scanString()
        let end = self.index - 1
        guard isEscaped else {
            guard let text = String(validating: self.bytes[start..<end], as: UTF8.self) else {
                throw JSONError("a string is not UTF-8", at: start)
            }
            return text
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(end - start)
        try self.decode(start..<end, into: &decoded)
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw JSONError("a string is not UTF-8", at: start)
        }
        return text
    }

    /// Appends the decoded bytes of the next value, a string, without checking that they are UTF-8.
    package mutating func readString(into target: inout [UInt8]) throws(JSONError) {
        let start = try self.beginString()
        let isEscaped = try self.scanString()
        let end = self.index - 1
        if isEscaped {
            try self.decode(start..<end, into: &target)
        } else {
            target.append(contentsOf: self.bytes[start..<end])
        }
    }

    mutating func skipString() throws(JSONError) {
        _ = try self.beginString()
        _ = try self.scanString()
    }

    /// Steps over the opening quote and returns the index behind it.
    private mutating func beginString() throws(JSONError) -> Int {
        guard try self.nextByte() == 0x22 else { throw self.error("a string is expected") }
        self.index += 1
        return self.index
    }

    /// Moves behind the closing quote and says whether an escape was met on the way.
    private mutating func scanString() throws(JSONError) -> Bool {
        var isEscaped = false
        var position = self.index
        while position < self.bytes.count {
            let byte = self.bytes[position]
            if byte == 0x22 {
                self.index = position + 1
                return isEscaped
            }
            if byte == 0x5c {
                isEscaped = true
                position = try self.checkEscape(at: position)
            } else if byte < 0x20 {
                throw JSONError("a control character in a string", at: position)
            } else {
                position += 1
            }
        }
        throw JSONError("a string does not end", at: self.index)
    }

    /// The index behind the escape that begins at `position`.
    private func checkEscape(at position: Int) throws(JSONError) -> Int {
        guard position + 1 < self.bytes.count else { throw JSONError("a string does not end", at: position) }
        switch self.bytes[position + 1] {
        case 0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74:
            return position + 2
        case 0x75:
            guard self.codeUnit(at: position + 2) != nil else {
                throw JSONError("four hex digits are expected behind \\u", at: position)
            }
            return position + 6
        default:
            throw JSONError("an unknown escape in a string", at: position)
        }
    }

    /// Decodes `range`, whose escapes were checked before.
    private func decode(_ range: Range<Int>, into target: inout [UInt8]) throws(JSONError) {
        var position = range.lowerBound
        while position < range.upperBound {
            var runEnd = position
            while runEnd < range.upperBound, self.bytes[runEnd] != 0x5c { runEnd += 1 }
            target.append(contentsOf: self.bytes[position..<runEnd])
            position = runEnd
            guard position < range.upperBound else { return }
            switch self.bytes[position + 1] {
            case 0x62: target.append(0x08)
            case 0x66: target.append(0x0c)
            case 0x6e: target.append(0x0a)
            case 0x72: target.append(0x0d)
            case 0x74: target.append(0x09)
            case 0x75:
                position = self.decodeUnicode(at: position, into: &target)
                continue
            case let other: target.append(other)
            }
            position += 2
        }
    }

    /// Decodes one `\u` escape, or the pair of them that spells one character, and returns the index behind it.
    private func decodeUnicode(at position: Int, into target: inout [UInt8]) -> Int {
        let first = self.codeUnit(at: position + 2) ?? 0xfffd
        var scalar = Unicode.Scalar(first)
        var end = position + 6
        if (0xd800..<0xdc00).contains(first), end + 1 < self.bytes.count, self.bytes[end] == 0x5c,
            self.bytes[end + 1] == 0x75, let second = self.codeUnit(at: end + 2), (0xdc00..<0xe000).contains(second)
        {
            scalar = Unicode.Scalar(0x1_0000 + (first - 0xd800) << 10 + (second - 0xdc00))
            end += 6
        }
        target.append(contentsOf: UTF8.encode(scalar ?? "\u{fffd}") ?? UTF8.encodedReplacementCharacter)
        return end
    }

    private func codeUnit(at position: Int) -> UInt32? {
        guard position + 4 <= self.bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in self.bytes[position..<position + 4] {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}
