/// Base-16 text, lower case on output, either case on input.
package enum Hex {
    private static let digits: [UInt8] = Array("0123456789abcdef".utf8)

    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        // Modules share no specializations: called as it stands, a generic loop asks a witness table for every byte.
        bytes.withContiguousStorageIfAvailable(self.spelled)
            ?? Array(bytes).withUnsafeBufferPointer(self.spelled)
    }

    private static func spelled(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            var index = 0
            for byte in bytes {
                buffer[index] = self.digits[Int(byte >> 4)]
                buffer[index + 1] = self.digits[Int(byte & 15)]
                index += 2
            }
            return index
        }
    }

    /// The bytes that `text` (ASCII) spells, or nil for an odd length or a character that is not a hex digit.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        text.withContiguousStorageIfAvailable(self.read) ?? Array(text).withUnsafeBufferPointer(self.read)
    }

    private static func read(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(text.count / 2)
        var high: UInt8?
        for character in text {
            guard let value = self.value(of: character) else { return nil }
            if let first = high {
                out.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return out
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x61...0x66: character - 0x61 + 10
        case 0x41...0x46: character - 0x41 + 10
        default: nil
        }
    }
}
