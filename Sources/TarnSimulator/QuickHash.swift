package import TarnCore

/// Stands in for SHA-256 where millions of headers are hashed: nobody in a simulation looks for collisions.
package enum QuickHash: SHA256Function {
    package static func digest(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var state: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(bytes.count)
        var index = 0
        while index < bytes.count {
            var word: UInt64 = 0
            if bytes.count - index >= 8 {
                word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            } else {
                for offset in index..<bytes.count { word = word << 8 | UInt64(bytes[offset]) }
            }
            state = Self.mixed(state ^ word)
            index += 8
        }
        return Digest(words: state, Self.mixed(state &+ 1), Self.mixed(state &+ 2), Self.mixed(state &+ 3))
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        return product.high ^ product.low &* 3
    }
}
