/// Writes the canonical encoding: the one byte form of a value, hashed and stored.
///
/// Integers are unsigned LEB128 in their shortest form, byte strings are length-prefixed, digests are 32 plain bytes
/// (`ops/formats/canonical-encoding.md`).
package struct CanonicalWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init(reservingCapacity capacity: Int = 0) {
        self.bytes.reserveCapacity(capacity)
    }

    package var count: Int { self.bytes.count }

    /// Forgets what was written and keeps the memory, for a writer that encodes many values one by one.
    package mutating func removeAll() {
        self.bytes.removeAll(keepingCapacity: true)
    }

    package mutating func write(byte: UInt8) {
        self.bytes.append(byte)
    }

    package mutating func write(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    package mutating func write(count value: Int) {
        precondition(value >= 0, "a count is never negative")
        self.write(UInt64(value))
    }

    package mutating func write(_ digest: Digest) {
        withUnsafeTemporaryAllocation(byteCount: Digest.byteCount, alignment: 8) { buffer in
            digest.write(to: buffer)
            self.bytes.append(contentsOf: buffer)
        }
    }

    /// A length-prefixed byte string.
    package mutating func write(bytes value: some Collection<UInt8>) {
        self.write(count: value.count)
        self.bytes.append(contentsOf: value)
    }

    /// A length-prefixed byte string; spares callers in other modules the generic one.
    package mutating func write(bytes value: [UInt8]) {
        self.write(count: value.count)
        self.bytes.append(contentsOf: value)
    }

    /// A length-prefixed UTF-8 string.
    package mutating func write(_ value: String) {
        self.write(bytes: value.utf8)
    }

    /// Bytes as they are, without a length.
    package mutating func write(raw value: some Collection<UInt8>) {
        self.bytes.append(contentsOf: value)
    }

    /// Bytes as they are, without a length; spares callers in other modules the generic one.
    package mutating func write(raw value: [UInt8]) {
        self.bytes.append(contentsOf: value)
    }
}
