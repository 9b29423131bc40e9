/// A YAML mapping with accessors that name the key in every error.
struct YAMLMapping {
    private let values: [String: Any]
    private let name: String

    init(_ value: Any?, name: String) throws {
        guard let values = value as? [String: Any] else {
            throw ConfigurationError("\(name) is not a mapping of keys to values")
        }
        self.values = values
        self.name = name
    }

    /// Throws when a key is not one of `known`.
    func expectKeys(_ known: [String]) throws {
        for key in self.values.keys.sorted() where !known.contains(key) {
            throw ConfigurationError(
                "unknown key '\(key)' in \(self.name); known keys are \(known.joined(separator: ", "))"
            )
        }
    }

    func string(_ key: String) throws -> String {
        guard let value = self.values[key] else { throw ConfigurationError("key '\(key)' is missing in \(self.name)") }
        if let text = value as? String, !text.isEmpty { return text }
        if let number = value as? Int { return String(number) }
        throw ConfigurationError("key '\(key)' is not text")
    }

    /// Text, or nil when the key is missing.
    func optionalString(_ key: String) throws -> String? {
        self.values[key] == nil ? nil : try self.string(key)
    }

    func bool(_ key: String, default fallback: Bool) throws -> Bool {
        guard let value = self.values[key] else { return fallback }
        guard let flag = value as? Bool else { throw ConfigurationError("key '\(key)' is neither true nor false") }
        return flag
    }

    func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let value = self.values[key] else { return fallback }
        guard let number = value as? Int, range.contains(number) else {
            throw ConfigurationError(
                "key '\(key)' is not a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// A mapping inside this one, or nil when the key is missing.
    func mapping(_ key: String) throws -> YAMLMapping? {
        guard let value = self.values[key] else { return nil }
        return try YAMLMapping(value, name: "key '\(key)'")
    }

    func address(_ key: String) throws -> HostPort {
        let text = try self.string(key)
        guard let address = HostPort(text) else { throw ConfigurationError("key '\(key)': '\(text)' is not host:port") }
        return address
    }

    func list(_ key: String) throws -> [Any] {
        guard let list = self.values[key] as? [Any] else { throw ConfigurationError("key '\(key)' is not a list") }
        return list
    }
}
