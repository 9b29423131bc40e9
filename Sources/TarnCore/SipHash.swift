/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed 64-bit hash, so that nobody without the key can choose where a
/// tree node ends.
package struct SipHash: Sendable {
    private let key0: UInt64
    private let key1: UInt64

    /// `key` has 16 bytes.
    package init(key: [UInt8]) {
        precondition(key.count == 16, "a SipHash key has 16 bytes")
        self.key0 = key.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        self.key1 = key.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) }
    }

    package func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { self.hash($0) }
    }

    package func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = State(key0: self.key0, key1: self.key1)
        let whole = bytes.count & ~7
        var index = 0
        while index < whole {
            state.absorb(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            index += 8
        }
        var last = UInt64(bytes.count & 0xff) << 56
        while index < bytes.count {
            last |= UInt64(bytes[index]) << UInt64(8 * (index - whole))
            index += 1
        }
        state.absorb(last)
        return state.finish()
    }

    private struct State {
        var v0: UInt64
        var v1: UInt64
        var v2: UInt64
        var v3: UInt64

        init(key0: UInt64, key1: UInt64) {
            self.v0 = key0 ^ 0x736f_6d65_7073_6575
            self.v1 = key1 ^ 0x646f_7261_6e64_6f6d
            self.v2 = key0 ^ 0x6c79_6765_6e65_7261
            self.v3 = key1 ^ 0x7465_6462_7974_6573
        }

        mutating func absorb(_ word: UInt64) {
            self.v3 ^= word
            self.round()
            self.round()
            self.v0 ^= word
        }

        mutating func finish() -> UInt64 {
            self.v2 ^= 0xff
            for _ in 0..<4 { self.round() }
            return self.v0 ^ self.v1 ^ self.v2 ^ self.v3
        }

        private mutating func round() {
            self.v0 &+= self.v1
            self.v1 = Self.rotate(self.v1, 13) ^ self.v0
            self.v0 = Self.rotate(self.v0, 32)
            self.v2 &+= self.v3
            self.v3 = Self.rotate(self.v3, 16) ^ self.v2
            self.v0 &+= self.v3
            self.v3 = Self.rotate(self.v3, 21) ^ self.v0
            self.v2 &+= self.v1
            self.v1 = Self.rotate(self.v1, 17) ^ self.v2
            self.v2 = Self.rotate(self.v2, 32)
        }

        private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
            value << count | value >> (64 - count)
        }
    }
}
