/// Decompresses DEFLATE (RFC 1951), as zip archives use it.
///
/// In plain Swift, so that formats stay a matter of values in and values out; a few megabytes are as much as archives
/// of notebooks have. What comes out is bounded by the caller, whatever the stream says.
struct Inflate {
    private let input: ArraySlice<UInt8>
    private var position: Int
    private var bitBuffer: UInt64 = 0
    private var bitCount = 0
    private var output: [UInt8] = []
    private let bytesMax: Int

    private static let lengthBases: [Int] = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthExtraBits: [Int] = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBases: [Int] = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1_025, 1_537, 2_049, 3_073,
        4_097,
        6_145, 8_193, 12_289, 16_385, 24_577,
    ]
    private static let distanceExtraBits: [Int] = [
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
    ]
    private static let codeLengthOrder: [Int] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    /// A block's two codes.
    private struct Codes {
        let literals: HuffmanTable
        let distances: HuffmanTable
    }

    private static let fixedCodes: Codes? = {
        let literals =
            [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112)
            + [UInt8](repeating: 7, count: 24) + [UInt8](repeating: 8, count: 8)
        guard let first = HuffmanTable(lengths: literals[...]),
            let second = HuffmanTable(lengths: [UInt8](repeating: 5, count: 30)[...])
        else { return nil }
        return Codes(literals: first, distances: second)
    }()

    /// The bytes that `input` holds, at most `bytesMax`. Throws for a damaged stream and for more bytes.
    static func decompress(_ input: ArraySlice<UInt8>, bytesMax: Int, expected: Int) throws(NotebookError) -> [UInt8] {
        var inflate = Inflate(input: input, bytesMax: bytesMax)
        inflate.output.reserveCapacity(min(expected, bytesMax, input.count * 16))
        try inflate.run()
        return inflate.output
    }

    private init(input: ArraySlice<UInt8>, bytesMax: Int) {
        self.input = input
        self.position = input.startIndex
        self.bytesMax = bytesMax
    }

    private mutating func run() throws(NotebookError) {
        var isLast = false
        while !isLast {
            isLast = try self.take(1) == 1
            switch try self.take(2) {
            case 0: try self.copyStored()
            case 1:
                guard let codes = Self.fixedCodes else { throw self.damage("has no fixed codes") }
                try self.decode(with: codes)
            case 2: try self.decode(with: try self.readCodes())
            default: throw self.damage("has a block of unknown type")
            }
        }
    }

    private mutating func copyStored() throws(NotebookError) {
        _ = try self.take(self.bitCount & 7)
        let count = try self.take(16)
        guard try self.take(16) == ~count & 0xffff else { throw self.damage("has a block whose length is wrong") }
        guard self.output.count + count <= self.bytesMax else { throw self.tooLarge() }
        for _ in 0..<count { self.output.append(UInt8(try self.take(8))) }
    }

    private mutating func readCodes() throws(NotebookError) -> Codes {
        let literalCount = try self.take(5) + 257
        let distanceCount = try self.take(5) + 1
        let codeCount = try self.take(4) + 4
        var codeLengths = [UInt8](repeating: 0, count: 19)
        for index in 0..<codeCount { codeLengths[Self.codeLengthOrder[index]] = UInt8(try self.take(3)) }
        guard let table = HuffmanTable(lengths: codeLengths[...]) else { throw self.damage("has impossible codes") }
        var lengths: [UInt8] = []
        while lengths.count < literalCount + distanceCount {
            switch try self.symbol(of: table) {
            case let length where length < 16: lengths.append(UInt8(length))
            case 16:
                guard let last = lengths.last else { throw self.damage("repeats a length before the first") }
                lengths.append(contentsOf: repeatElement(last, count: 3 + (try self.take(2))))
            case 17: lengths.append(contentsOf: repeatElement(0, count: 3 + (try self.take(3))))
            default: lengths.append(contentsOf: repeatElement(0, count: 11 + (try self.take(7))))
            }
        }
        guard lengths.count == literalCount + distanceCount,
            let literals = HuffmanTable(lengths: lengths[..<literalCount]),
            let distances = HuffmanTable(lengths: lengths[literalCount...])
        else { throw self.damage("has impossible codes") }
        return Codes(literals: literals, distances: distances)
    }

    private mutating func decode(with codes: Codes) throws(NotebookError) {
        while true {
            let symbol = try self.symbol(of: codes.literals)
            if symbol < 256 {
                guard self.output.count < self.bytesMax else { throw self.tooLarge() }
                self.output.append(UInt8(symbol))
                continue
            }
            if symbol == 256 { return }
            guard symbol - 257 < Self.lengthBases.count else { throw self.damage("has an unknown length") }
            let length = Self.lengthBases[symbol - 257] + (try self.take(Self.lengthExtraBits[symbol - 257]))
            let code = try self.symbol(of: codes.distances)
            guard code < Self.distanceBases.count else { throw self.damage("has an unknown distance") }
            let distance = Self.distanceBases[code] + (try self.take(Self.distanceExtraBits[code]))
            guard distance <= self.output.count else { throw self.damage("refers to bytes before its first") }
            guard self.output.count + length <= self.bytesMax else { throw self.tooLarge() }
            // The copied run may reach into what it writes itself.
            for _ in 0..<length { self.output.append(self.output[self.output.count - distance]) }
        }
    }

    private mutating func symbol(of table: HuffmanTable) throws(NotebookError) -> Int {
        self.fill()
        let entry = table.entries[Int(self.bitBuffer & UInt64(1 << table.bits - 1))]
        let length = Int(entry & 15)
        guard length > 0, length <= self.bitCount else {
            throw self.damage("has a code of no symbol or ends too early")
        }
        self.bitBuffer >>= UInt64(length)
        self.bitCount -= length
        return Int(entry >> 4)
    }

    /// The next `count` bits, at most 16.
    private mutating func take(_ count: Int) throws(NotebookError) -> Int {
        self.fill()
        guard self.bitCount >= count else { throw self.damage("ends too early") }
        let value = Int(self.bitBuffer & UInt64(1 << count - 1))
        self.bitBuffer >>= UInt64(count)
        self.bitCount -= count
        return value
    }

    private mutating func fill() {
        while self.bitCount <= 48, self.position < self.input.endIndex {
            self.bitBuffer |= UInt64(self.input[self.position]) << UInt64(self.bitCount)
            self.bitCount += 8
            self.position += 1
        }
    }

    private func damage(_ what: String) -> NotebookError {
        NotebookError(.malformed, "A compressed file of the archive \(what).")
    }

    private func tooLarge() -> NotebookError {
        NotebookError(.tooLarge, "A file of the archive inflates to more than \(self.bytesMax) bytes.")
    }
}
