/// Header fields in order. Names are lower case, as HTTP/2 demands.
package struct HTTP2Headers: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    package private(set) var fields: [Field]

    package init() {
        self.fields = []
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        self.fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    package var isEmpty: Bool { self.fields.isEmpty }

    /// The value of the first field with this name.
    package subscript(name: String) -> String? {
        for field in self.fields where field.name == name { return field.value }
        return nil
    }

    package mutating func append(_ name: String, _ value: String) {
        self.fields.append(Field(name: name, value: value))
    }
}
