import TarnCore
import TarnSegment
import TarnTestKit
import Testing

@Suite("Flipped bits")
struct FlippedBitTests {
    private func record(_ raw: [UInt8]) -> [UInt8] {
        var run = RecordRun()
        Fixture.blob(raw, into: &run)
        return run.bytes
    }

    private func repaired(_ bytes: [UInt8]) -> [UInt8]? {
        bytes.withUnsafeBytes { FlippedBit.repaired($0, TestChecksums.self) }
    }

    @Test("any single flipped bit of a record is found by its checksum, wherever it is")
    func single() {
        let record = self.record(Array("spark.table('t')".utf8))
        for bit in 0..<record.count * 8 {
            var damaged = record
            damaged[bit >> 3] ^= 1 << UInt8(bit & 7)
            #expect(self.repaired(damaged) == record, "bit \(bit)")
        }
    }

    @Test("a long record's bit is found, too", arguments: 0..<20 as Range<UInt64>)
    func long(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let record = self.record(random.bytes(100_000))
        var damaged = record
        let bit = random.below(record.count * 8)
        damaged[bit >> 3] ^= 1 << UInt8(bit & 7)
        #expect(self.repaired(damaged) == record, "seed \(seed)")
    }

    @Test("two or three flipped bits of a small record are never taken for one", arguments: 0..<200 as Range<UInt64>)
    func several(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let record = self.record(random.bytes(200))
        var bits: Set<Int> = []
        while bits.count < 2 + Int(seed % 2) { bits.insert(random.below(record.count * 8)) }
        var damaged = record
        for bit in bits { damaged[bit >> 3] ^= 1 << UInt8(bit & 7) }
        // The code has distance 4 and more at these lengths, so one more flip never makes two flips whole.
        #expect(self.repaired(damaged) == nil || seed % 2 == 1, "seed \(seed)")
        #expect(self.repaired(damaged) != record, "seed \(seed)")
    }

    @Test("an intact record, and one too short to be one, need no repair", arguments: [0, 3, 4])
    func nothing(count: Int) {
        #expect(self.repaired([UInt8](repeating: 0, count: count)) == nil)
        #expect(self.repaired(self.record([1, 2, 3])) == nil)
    }
}
