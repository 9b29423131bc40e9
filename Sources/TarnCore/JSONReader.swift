/// Pulls values out of JSON text (RFC 8259) one by one, without building a tree.
///
/// Strict about the grammar and bounded in depth, so it can be given bytes of any origin. The caller says what it
/// expects, and skips what it does not care for:
///
/// ```
/// try reader.beginObject()
/// while let key = try reader.nextKey() {
///     if key == "size" { size = try reader.readInt64() } else { try reader.skipValue() }
/// }
/// try reader.expectEnd()
/// ```
///
/// A lone surrogate escape, which the grammar allows but UTF-8 cannot hold, reads as U+FFFD.
package struct JSONReader: Sendable {
    /// What kind of value comes next.
    package enum Kind: Sendable {
        case object
        case array
        case string
        case number
        case boolean
        case null
    }

    /// Nesting that is accepted unless the caller asks for another bound.
    package static let depthMaxDefault = 64

    let bytes: [UInt8]
    var index = 0
    private let depthMax: Int
    /// One element per open object or array: whether a value of it was read already, so that a comma must come next.
    private var hasValue: [Bool] = []

    package init(_ bytes: [UInt8], depthMax: Int = JSONReader.depthMaxDefault) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    /// The kind of the value that comes next, which stays unread.
    package mutating func peek() throws(JSONError) -> Kind {
        switch try self.nextByte() {
        case 0x7b: return .object
        case 0x5b: return .array
        case 0x22: return .string
        case 0x2d, 0x30...0x39: return .number
        case 0x74, 0x66: return .boolean
        case 0x6e: return .null
        default: throw self.error("a value is expected")
        }
    }

    package mutating func beginObject() throws(JSONError) {
        try self.open(0x7b, "an object is expected")
    }

    /// The next member's key, whose value must be read or skipped before the next call; nil behind the last one.
    package mutating func nextKey() throws(JSONError) -> String? {
        guard try self.advanceMember() else { return nil }
        let key = try self.readString()
        try self.readColon()
        return key
    }

    package mutating func beginArray() throws(JSONError) {
        try self.open(0x5b, "an array is expected")
    }

    /// Whether another element comes, which must be read or skipped before the next call.
    package mutating func nextElement() throws(JSONError) -> Bool {
        try self.advance(closing: 0x5d)
    }

    package mutating func readBoolean() throws(JSONError) -> Bool {
        if try self.nextByte() == 0x74 {
            try self.readLiteral("true")
            return true
        }
        try self.readLiteral("false")
        return false
    }

    package mutating func readNull() throws(JSONError) {
        _ = try self.nextByte()
        try self.readLiteral("null")
    }

    /// Reads `null` and returns true, or leaves any other value unread.
    package mutating func readNullIfPresent() throws(JSONError) -> Bool {
        guard try self.nextByte() == 0x6e else { return false }
        try self.readLiteral("null")
        return true
    }

    /// A number without fraction or exponent that fits 64 bits.
    package mutating func readInt64() throws(JSONError) -> Int64 {
        let start = self.index
        let text = try self.readNumberText()
        guard let value = Int64(text) else { throw JSONError("'\(text)' is not a 64-bit integer", at: start) }
        return value
    }

    /// Any number, rounded to the nearest double.
    package mutating func readDouble() throws(JSONError) -> Double {
        let start = self.index
        let text = try self.readNumberText()
        guard let value = Double(text), value.isFinite else {
            throw JSONError("'\(text)' is too large for a number", at: start)
        }
        return value
    }

    /// A number as it is spelled.
    package mutating func readNumberText() throws(JSONError) -> String {
        _ = try self.nextByte()
        let start = self.index
        try self.skipNumber()
        guard self.index - start <= 1_024 else { throw JSONError("a number of over 1,024 characters", at: start) }
        return String(decoding: self.bytes[start..<self.index], as: UTF8.self)
    }

    /// Passes over the next value, checking its grammar.
    package mutating func skipValue() throws(JSONError) {
        switch try self.peek() {
        case .object:
            try self.beginObject()
            while try self.advanceMember() {
                try self.skipString()
                try self.readColon()
                try self.skipValue()
            }
        case .array:
            try self.beginArray()
            while try self.nextElement() { try self.skipValue() }
        case .string: try self.skipString()
        case .number: try self.skipNumber()
        case .boolean: _ = try self.readBoolean()
        case .null: try self.readNull()
        }
    }

    /// The bytes of the next value, which is passed over.
    package mutating func readRawValue() throws(JSONError) -> ArraySlice<UInt8> {
        _ = try self.nextByte()
        let start = self.index
        try self.skipValue()
        return self.bytes[start..<self.index]
    }

    /// Throws unless only white space is left.
    package mutating func expectEnd() throws(JSONError) {
        self.skipWhiteSpace()
        guard self.index == self.bytes.count else { throw self.error("nothing is expected behind the value") }
    }

    /// The next byte that is not white space, which stays unread.
    mutating func nextByte() throws(JSONError) -> UInt8 {
        self.skipWhiteSpace()
        guard self.index < self.bytes.count else { throw self.error("the text ends too early") }
        return self.bytes[self.index]
    }

    func error(_ message: String) -> JSONError {
        JSONError(message, at: self.index)
    }

    private mutating func skipWhiteSpace() {
        while self.index < self.bytes.count {
            switch self.bytes[self.index] {
            case 0x20, 0x0a, 0x0d, 0x09: self.index += 1
            default: return
            }
        }
    }

    private mutating func open(_ byte: UInt8, _ complaint: String) throws(JSONError) {
        guard try self.nextByte() == byte else { throw self.error(complaint) }
        guard self.hasValue.count < self.depthMax else {
            throw self.error("nesting of more than \(self.depthMax) levels")
        }
        self.index += 1
        self.hasValue.append(false)
    }

    private mutating func advanceMember() throws(JSONError) -> Bool {
        guard try self.advance(closing: 0x7d) else { return false }
        guard try self.nextByte() == 0x22 else { throw self.error("a key is expected") }
        return true
    }

    /// Steps over the comma before the next value, or over the closing bracket behind the last one.
    private mutating func advance(closing: UInt8) throws(JSONError) -> Bool {
        guard let hasValue = self.hasValue.last else { throw self.error("no object or array is open") }
        let byte = try self.nextByte()
        if byte == closing {
            self.index += 1
            self.hasValue.removeLast()
            return false
        }
        if hasValue {
            guard byte == 0x2c else { throw self.error("a comma is expected") }
            self.index += 1
        } else {
            self.hasValue[self.hasValue.count - 1] = true
        }
        return true
    }

    private mutating func readColon() throws(JSONError) {
        guard try self.nextByte() == 0x3a else { throw self.error("a colon is expected") }
        self.index += 1
    }

    private mutating func readLiteral(_ literal: StaticString) throws(JSONError) {
        let count = literal.utf8CodeUnitCount
        guard self.bytes.count - self.index >= count,
            self.bytes[self.index..<self.index + count]
                .elementsEqual(UnsafeBufferPointer(start: literal.utf8Start, count: count))
        else { throw self.error("'\(literal)' is expected") }
        self.index += count
    }

    private mutating func skipNumber() throws(JSONError) {
        func digit(_ index: Int) -> Bool { index < self.bytes.count && (0x30...0x39).contains(self.bytes[index]) }
        var position = self.index
        if position < self.bytes.count, self.bytes[position] == 0x2d { position += 1 }
        guard digit(position) else { throw self.error("a number is expected") }
        if self.bytes[position] == 0x30 {
            position += 1
        } else {
            while digit(position) { position += 1 }
        }
        if position < self.bytes.count, self.bytes[position] == 0x2e {
            position += 1
            guard digit(position) else { throw self.error("a digit is expected behind the point") }
            while digit(position) { position += 1 }
        }
        if position < self.bytes.count, self.bytes[position] | 0x20 == 0x65 {
            position += 1
            if position < self.bytes.count, self.bytes[position] == 0x2b || self.bytes[position] == 0x2d {
                position += 1
            }
            guard digit(position) else { throw self.error("a digit is expected in the exponent") }
            while digit(position) { position += 1 }
        }
        self.index = position
    }
}
