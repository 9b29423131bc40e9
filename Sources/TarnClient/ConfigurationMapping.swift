internal import Yams

/// A YAML mapping with accessors that name the key in every error.
///
/// Scalars are taken as they are spelled: a cluster id of digits alone is text like any other.
struct ConfigurationMapping {
    private let values: [String: Node]
    private let name: String

    init(_ node: Node?, name: String) throws(ClientError) {
        guard let mapping = node?.mapping else {
            throw ClientError(.usage, "\(name) is not a mapping of keys to values")
        }
        var values: [String: Node] = [:]
        for (key, value) in mapping {
            guard let key = key.scalar?.string else { throw ClientError(.usage, "a key of \(name) is not text") }
            guard values.updateValue(value, forKey: key) == nil else {
                throw ClientError(.usage, "key '\(key)' stands twice in \(name)")
            }
        }
        self.values = values
        self.name = name
    }

    /// Throws when a key is not one of `known`.
    func expectKeys(_ known: [String]) throws(ClientError) {
        for key in self.values.keys.sorted() where !known.contains(key) {
            throw ClientError(
                .usage,
                "unknown key '\(key)' in \(self.name); known keys are \(known.joined(separator: ", "))"
            )
        }
    }

    func string(_ key: String) throws(ClientError) -> String {
        guard let value = try self.optionalString(key) else {
            throw ClientError(.usage, "key '\(key)' is missing in \(self.name)")
        }
        return value
    }

    func optionalString(_ key: String) throws(ClientError) -> String? {
        guard let value = self.values[key] else { return nil }
        guard let text = value.scalar?.string, !text.isEmpty else {
            throw ClientError(.usage, "key '\(key)' is not text")
        }
        return text
    }

    /// A whole number that is not negative.
    func optionalCount(_ key: String) throws(ClientError) -> Int? {
        guard let text = try self.optionalString(key) else { return nil }
        guard let value = Int(text), value >= 0 else {
            throw ClientError(.usage, "key '\(key)': '\(text)' is no whole number")
        }
        return value
    }

    func optionalMapping(_ key: String) throws(ClientError) -> ConfigurationMapping? {
        guard let value = self.values[key] else { return nil }
        return try ConfigurationMapping(value, name: "'\(key)'")
    }

    func list(_ key: String) throws(ClientError) -> [Node] {
        guard let value = self.values[key] else { throw ClientError(.usage, "key '\(key)' is missing in \(self.name)") }
        guard let list = value.sequence else { throw ClientError(.usage, "key '\(key)' is not a list") }
        return Array(list)
    }
}
