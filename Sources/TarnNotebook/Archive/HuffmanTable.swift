/// A code of DEFLATE (RFC 1951, 3.2.2): from the next bits of the stream to a symbol and its length, in one look-up.
struct HuffmanTable {
    static let lengthMax = 15

    /// Bits of the longest code.
    let bits: Int
    /// For every value of the next ``bits`` bits: the symbol, and in the low four bits the length of its code; 0 for
    /// bits that begin no code.
    let entries: [UInt32]

    /// The code whose symbol n has `lengths[n]` bits, none for 0. Nil when the lengths need more codes than there are.
    init?(lengths: ArraySlice<UInt8>) {
        var counts = [Int](repeating: 0, count: Self.lengthMax + 1)
        for length in lengths { counts[Int(length)] += 1 }
        counts[0] = 0
        let bits = counts.lastIndex { $0 > 0 } ?? 1
        var next = [Int](repeating: 0, count: Self.lengthMax + 2)
        var code = 0
        for length in 1...Self.lengthMax {
            next[length] = code
            code = (code + counts[length]) << 1
            guard next[length] + counts[length] <= 1 << length else { return nil }
        }
        var entries = [UInt32](repeating: 0, count: 1 << bits)
        for (symbol, length) in lengths.enumerated() where length > 0 {
            let length = Int(length)
            let reversed = Self.reverse(next[length], bits: length)
            next[length] += 1
            for index in stride(from: reversed, to: entries.count, by: 1 << length) {
                entries[index] = UInt32(symbol) << 4 | UInt32(length)
            }
        }
        self.bits = bits
        self.entries = entries
    }

    /// Codes stand in the stream with their first bit lowest.
    private static func reverse(_ code: Int, bits: Int) -> Int {
        var code = code
        var reversed = 0
        for _ in 0..<bits {
            reversed = reversed << 1 | code & 1
            code >>= 1
        }
        return reversed
    }
}
