/// The text of one JSON value, kept as it is spelled: numbers keep their digits, objects the order of their keys,
/// strings their escapes.
///
/// What is not understood can so be passed on unchanged. Parts are read on demand, which costs one pass over the value.
package struct JSONFragment: Hashable, Sendable {
    /// The value's text, without white space around it. Its grammar was checked.
    package let bytes: [UInt8]

    package static let null = JSONFragment(unchecked: Array("null".utf8))

    /// A value that the caller knows to be JSON.
    private init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Takes the value that comes next in `reader`.
    package init(from reader: inout JSONReader) throws(JSONError) {
        self.bytes = Array(try reader.readRawValue())
    }

    /// Checks that `text` is one JSON value and takes it.
    package init(parsing text: [UInt8], depthMax: Int = JSONReader.depthMaxDefault) throws(JSONError) {
        var reader = JSONReader(text, depthMax: depthMax)
        try self.init(from: &reader)
        try reader.expectEnd()
    }

    package init(_ text: String) {
        var writer = JSONWriter()
        writer.string(text)
        self.bytes = writer.bytes
    }

    package init(_ number: Int64) {
        self.bytes = Array(number.description.utf8)
    }

    package init(_ flag: Bool) {
        self.bytes = Array((flag ? "true" : "false").utf8)
    }

    package init(_ object: JSONObject) {
        var writer = JSONWriter()
        object.write(to: &writer)
        self.bytes = writer.bytes
    }

    package init(_ elements: [JSONFragment]) {
        var writer = JSONWriter()
        writer.beginArray()
        for element in elements { writer.value(element) }
        writer.endArray()
        self.bytes = writer.bytes
    }

    package var isNull: Bool { self.bytes.first == 0x6e }

    /// The text of a string, or nil for another kind of value and for a string that is not UTF-8.
    package var string: String? {
        guard self.bytes.first == 0x22 else { return nil }
        return self.read { (reader) throws(JSONError) in try reader.readString() }
    }

    /// A number without fraction or exponent that fits 64 bits, or nil.
    package var int64: Int64? {
        self.read { (reader) throws(JSONError) in try reader.readInt64() }
    }

    /// A number rounded to the nearest double, or nil for another kind of value.
    package var double: Double? {
        self.read { (reader) throws(JSONError) in try reader.readDouble() }
    }

    package var boolean: Bool? {
        switch self.bytes.first {
        case 0x74: true
        case 0x66: false
        default: nil
        }
    }

    /// The members of an object, or nil for another kind of value and for more members than ``JSONObject`` takes.
    package var object: JSONObject? {
        guard self.bytes.first == 0x7b else { return nil }
        return self.read { (reader) throws(JSONError) in try JSONObject(from: &reader) }
    }

    /// The elements of an array, or nil for another kind of value and for more than ``Limits/jsonElementsMax``.
    package var elements: [JSONFragment]? {
        guard self.bytes.first == 0x5b else { return nil }
        return self.read { (reader) throws(JSONError) in
            var elements: [JSONFragment] = []
            try reader.beginArray()
            while try reader.nextElement() {
                guard elements.count < Limits.jsonElementsMax else {
                    throw reader.error("more than \(Limits.jsonElementsMax) elements")
                }
                elements.append(try JSONFragment(from: &reader))
            }
            return elements
        }
    }

    /// The depth was bounded when the value was taken, so that here any depth that its bytes can have is good.
    private func read<Value>(_ body: (inout JSONReader) throws(JSONError) -> Value) -> Value? {
        var reader = JSONReader(self.bytes, depthMax: .max)
        return try? body(&reader)
    }
}
