/// A small JSON document as a tree: for what is shown, changed or taken apart once. Long listings are pulled with
/// ``JSONReader``.
package enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// As it is spelled.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    package init(parsing bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        self = try JSONValue(from: &reader)
        try reader.expectEnd()
    }

    package init(from reader: inout JSONReader) throws(JSONError) {
        switch try reader.peek() {
        case .null:
            try reader.readNull()
            self = .null
        case .boolean: self = .boolean(try reader.readBoolean())
        case .number: self = .number(try reader.readNumberText())
        case .string: self = .string(try reader.readString())
        case .array:
            var items: [JSONValue] = []
            try reader.beginArray()
            while try reader.nextElement() { items.append(try JSONValue(from: &reader)) }
            self = .array(items)
        case .object:
            var members: [String: JSONValue] = [:]
            try reader.beginObject()
            while let key = try reader.nextKey() { members[key] = try JSONValue(from: &reader) }
            self = .object(members)
        }
    }

    /// The member named `key` of an object that has it. Setting it changes nothing but an object.
    package subscript(key: String) -> JSONValue? {
        get {
            if case .object(let members) = self { members[key] } else { nil }
        }
        set {
            guard case .object(var members) = self else { return }
            // Or else the dictionary has two owners and is copied.
            self = .null
            members[key] = newValue
            self = .object(members)
        }
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var items: [JSONValue] {
        if case .array(let items) = self { items } else { [] }
    }

    package var boolean: Bool? {
        if case .boolean(let flag) = self { flag } else { nil }
    }

    package var double: Double? {
        if case .number(let text) = self { Double(text) } else { nil }
    }

    /// A number, or a string of digits: large integers travel as either.
    package var unsigned: UInt64? {
        switch self {
        case .number(let text), .string(let text): UInt64(text)
        default: nil
        }
    }

    /// As a table shows it: text without quotes, nothing for null, JSON for what has parts.
    package var display: String {
        switch self {
        case .null: ""
        case .boolean(let flag): flag ? "true" : "false"
        case .number(let text), .string(let text): text
        case .array, .object: self.json
        }
    }

    /// Compact JSON with sorted keys.
    package var json: String {
        var writer = JSONWriter()
        self.write(to: &writer)
        return writer.text
    }

    package func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .boolean(let flag): writer.boolean(flag)
        case .number(let text): writer.raw(text)
        case .string(let text): writer.string(text)
        case .array(let items):
            writer.beginArray()
            for item in items { item.write(to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                writer.key(key)
                value.write(to: &writer)
            }
            writer.endObject()
        }
    }
}
