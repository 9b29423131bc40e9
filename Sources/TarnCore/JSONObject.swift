/// The members of a JSON object in their order, each value as it is spelled.
package struct JSONObject: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package let key: String
        package var value: JSONFragment
    }

    package private(set) var members: [Member] = []

    package init() {}

    /// Adds a member behind the others, whether or not its key stands there already.
    package mutating func append(_ key: String, _ value: JSONFragment) {
        self.members.append(Member(key: key, value: value))
    }

    /// Reads the object that comes next. A key that stands twice keeps its last value, as most readers do.
    package init(from reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard self.members.count < Limits.jsonElementsMax else {
                throw reader.error("more than \(Limits.jsonElementsMax) members")
            }
            self.members.append(Member(key: key, value: try JSONFragment(from: &reader)))
        }
    }

    package var isEmpty: Bool { self.members.isEmpty }

    /// The value of `key`. Setting one replaces it where it stands or adds it as the last; setting nil removes it.
    package subscript(key: String) -> JSONFragment? {
        get { self.members.last { $0.key == key }?.value }
        set {
            guard let newValue else {
                self.members.removeAll { $0.key == key }
                return
            }
            if let index = self.members.lastIndex(where: { $0.key == key }) {
                self.members[index].value = newValue
            } else {
                self.members.append(Member(key: key, value: newValue))
            }
        }
    }

    /// Writes the object as the next value.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for member in self.members {
            writer.key(member.key)
            writer.value(member.value)
        }
        writer.endObject()
    }
}
