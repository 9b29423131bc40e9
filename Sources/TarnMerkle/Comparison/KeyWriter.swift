internal import TarnCore

/// Writes keys, each without what it shares with the one before.
struct KeyWriter {
    private var last: [UInt8] = []

    mutating func write(_ key: [UInt8], to writer: inout CanonicalWriter) {
        let shared = self.last.withUnsafeBytes { last in key.withUnsafeBytes { Bytes.sharedPrefixCount(last, $0) } }
        writer.write(count: shared)
        writer.write(bytes: key[shared...])
        self.last = key
    }

    mutating func write(_ range: KeyRange, to writer: inout CanonicalWriter) {
        self.write(range.lower, to: &writer)
        writer.write(byte: range.upper == nil ? 0 : 1)
        if let upper = range.upper { self.write(upper, to: &writer) }
    }
}
