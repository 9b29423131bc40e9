internal import TarnCore

/// The keys from `lower` up to, not including, `upper`; nil is behind all keys.
package struct KeyRange: Hashable, Sendable {
    package let lower: [UInt8]
    package let upper: [UInt8]?

    package init(lower: [UInt8], upper: [UInt8]?) {
        self.lower = lower
        self.upper = upper
    }

    /// Every key.
    package static let all = KeyRange(lower: [], upper: nil)

    func contains(_ key: [UInt8]) -> Bool {
        !Self.precedes(key, self.lower) && (self.upper.map { Self.precedes(key, $0) } ?? true)
    }

    /// What is left of the range from `key` on, or nil when nothing is.
    func from(_ key: [UInt8]) -> KeyRange? {
        if let upper, !Self.precedes(key, upper) { return nil }
        return Self.precedes(self.lower, key) ? KeyRange(lower: key, upper: self.upper) : self
    }

    /// The order of keys: by bytes.
    static func precedes(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.withUnsafeBytes { one in other.withUnsafeBytes { Bytes.compare(one, $0) < 0 } }
    }
}
