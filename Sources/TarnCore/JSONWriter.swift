/// Writes JSON as bytes, compact or one value a line: commas are its own business, what stands where is the caller's.
///
/// ```
/// writer.beginObject()
/// writer.key("path")
/// writer.string(path)
/// writer.endObject()
/// ```
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false
    /// Spaces a level, or nil for compact text.
    private let indentation: Int?
    private var depth = 0
    /// Whether the value that comes next stands behind its key, on the same line.
    private var isBehindKey = false

    /// With `indentation` every member and element begins a line of its own, so many spaces a level to the right.
    package init(reservingCapacity capacity: Int = 0, indentation: Int? = nil) {
        self.indentation = indentation
        self.bytes.reserveCapacity(capacity)
    }

    /// What was written, as text.
    package var text: String { String(decoding: self.bytes, as: UTF8.self) }

    /// Forgets what was written and keeps the room for it.
    package mutating func removeAll() {
        self.bytes.removeAll(keepingCapacity: true)
        self.needsComma = false
        self.depth = 0
        self.isBehindKey = false
    }

    package mutating func beginObject() {
        self.open(0x7b)
    }

    package mutating func endObject() {
        self.close(0x7d)
    }

    package mutating func beginArray() {
        self.open(0x5b)
    }

    package mutating func endArray() {
        self.close(0x5d)
    }

    /// The key of the value that is written next.
    package mutating func key(_ name: String) {
        self.separate()
        self.appendQuoted(name)
        self.bytes.append(0x3a)
        if self.indentation != nil { self.bytes.append(0x20) }
        self.needsComma = false
        self.isBehindKey = true
    }

    package mutating func string(_ value: String) {
        self.separate()
        self.appendQuoted(value)
        self.needsComma = true
    }

    /// The lines of `text` as an array of strings, each with the line feed that ends it, as Jupyter documents hold
    /// them.
    package mutating func lines(of text: String) {
        self.beginArray()
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            while start < bytes.count {
                var end = start
                while end < bytes.count, bytes[end] != 0x0a { end += 1 }
                end = min(end + 1, bytes.count)
                self.separate()
                self.appendQuoted(UnsafeBufferPointer(rebasing: bytes[start..<end]))
                self.needsComma = true
                start = end
            }
        }
        self.endArray()
    }

    package mutating func integer(_ value: some FixedWidthInteger) {
        self.separate()
        if value < 0 { self.bytes.append(0x2d) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = 20
            var rest = UInt64(truncatingIfNeeded: value.magnitude)
            repeat {
                start -= 1
                digits[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            self.bytes.append(contentsOf: digits[start...])
        }
        self.needsComma = true
    }

    /// The shortest spelling that reads back as `value`; `null` for what JSON cannot say (infinities and not-a-number).
    package mutating func number(_ value: Double) {
        guard value.isFinite else { return self.null() }
        self.separate()
        self.bytes.append(contentsOf: value.description.utf8)
        self.needsComma = true
    }

    package mutating func boolean(_ value: Bool) {
        self.raw(value ? "true" : "false")
    }

    package mutating func null() {
        self.raw("null")
    }

    /// A value that is JSON already.
    package mutating func raw(_ value: some Collection<UInt8>) {
        self.separate()
        self.bytes.append(contentsOf: value)
        self.needsComma = true
    }

    /// A value that is JSON already.
    package mutating func raw(_ value: String) {
        self.raw(value.utf8)
    }

    /// A value as it was spelled where it came from.
    package mutating func value(_ value: JSONFragment) {
        self.raw(value.bytes)
    }

    private mutating func open(_ bracket: UInt8) {
        self.separate()
        self.bytes.append(bracket)
        self.depth += 1
        self.needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        self.depth -= 1
        if self.needsComma { self.breakLine() }
        self.bytes.append(bracket)
        self.needsComma = true
    }

    private mutating func separate() {
        if self.needsComma { self.bytes.append(0x2c) }
        if self.isBehindKey {
            self.isBehindKey = false
        } else if self.depth > 0 {
            self.breakLine()
        }
    }

    private mutating func breakLine() {
        guard let indentation = self.indentation else { return }
        self.bytes.append(0x0a)
        for _ in 0..<(indentation * self.depth) { self.bytes.append(0x20) }
    }

    private mutating func appendQuoted(_ value: String) {
        var value = value
        value.withUTF8 { self.appendQuoted($0) }
    }

    private mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
        self.bytes.append(0x22)
        var runStart = 0
        for position in 0..<text.count {
            let byte = text[position]
            guard byte < 0x20 || byte == 0x22 || byte == 0x5c else { continue }
            self.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[runStart..<position]))
            self.appendEscape(of: byte)
            runStart = position + 1
        }
        self.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[runStart...]))
        self.bytes.append(0x22)
    }

    private mutating func appendEscape(of byte: UInt8) {
        switch byte {
        case 0x22, 0x5c: self.bytes.append(contentsOf: [0x5c, byte])
        case 0x08: self.bytes.append(contentsOf: [0x5c, 0x62])
        case 0x09: self.bytes.append(contentsOf: [0x5c, 0x74])
        case 0x0a: self.bytes.append(contentsOf: [0x5c, 0x6e])
        case 0x0c: self.bytes.append(contentsOf: [0x5c, 0x66])
        case 0x0d: self.bytes.append(contentsOf: [0x5c, 0x72])
        default:
            self.bytes.append(contentsOf: "\\u00".utf8)
            self.bytes.append(0x30 + byte >> 4)
            self.bytes.append(byte & 15 < 10 ? 0x30 + byte & 15 : 0x61 + byte & 15 - 10)
        }
    }
}
