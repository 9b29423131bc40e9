import TarnCore
import TarnSegment
import TarnTestKit
import Testing

@testable import TarnBlobStore

@Suite("Table of blobs in memory")
struct BlobTableTests {
    private let key = SegmentKey([UInt8](repeating: 3, count: 16))

    private func row(_ address: Digest, ordinal: UInt64, raw: UInt32 = 10) -> IndexRow {
        IndexRow(
            kind: .manifest,
            codec: .zstd,
            offset: 0,
            bytesCount: 77,
            rawBytesCount: raw,
            ordinal: ordinal,
            fingerprint: self.key.fingerprint(of: address)
        )
    }

    @Test("a slot has 24 bytes and keeps its fields")
    func slot() {
        #expect(MemoryLayout<BlobSlot>.size == 24)
        let address = Digest(words: 1, 2, 3, 0xff)
        let row = IndexRow(
            kind: .manifest,
            codec: .zstdDelta,
            offset: 0,
            bytesCount: 1 << 25,
            rawBytesCount: UInt32(Limits.blobBytesMax),
            ordinal: 5,
            fingerprint: self.key.fingerprint(of: address)
        )
        var slot = BlobSlot(row, segment: 9, offset: 0xffff_fff0)
        slot.isSuspect = true
        #expect(slot.bytesCount == 1 << 25 && slot.rawBytesCount == Limits.blobBytesMax && slot.kind == .manifest)
        #expect(slot.segment == 9 && slot.offset == 0xffff_fff0 && slot.isSuspect && !slot.isEmpty)
        #expect(slot.fingerprint == row.fingerprint)
    }

    @Test("behaves as a dictionary through growth", arguments: 0..<4 as Range<UInt64>)
    func model(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var table = BlobTable()
        var model: [Digest: (ordinal: UInt64, offset: UInt32)] = [:]
        var addresses: [Digest] = []
        for ordinal in 0..<6_000 as Range<UInt64> {
            if random.chance(percent: 10), let address = addresses.randomElement(using: &random),
                let known = model[address]
            {
                // Moved: the same ordinal at another place.
                _ = table.set(self.row(address, ordinal: known.ordinal), segment: 2, offset: UInt32(ordinal))
                model[address] = (known.ordinal, UInt32(ordinal))
            }
            let address = random.digest()
            _ = table.set(self.row(address, ordinal: ordinal * 3), segment: 1, offset: UInt32(ordinal))
            model[address] = (ordinal * 3, UInt32(ordinal))
            addresses.append(address)
        }
        #expect(table.count == model.count && table.rawBytesCount == UInt64(10 * model.count))
        for (address, place) in model {
            let ordinal = table.ordinal(of: self.key.fingerprint(of: address))
            #expect(ordinal == place.ordinal && table[place.ordinal]?.offset == place.offset, "seed \(seed)")
        }
        #expect(table.ordinal(of: self.key.fingerprint(of: random.digest())) == nil && table[1] == nil)
        #expect(table.ordinals().count == model.count)
    }

    @Test("suspects are not counted until a fresh copy replaces them")
    func suspects() throws {
        var table = BlobTable()
        let address = Digest(words: 1, 2, 3, 4)
        _ = table.set(self.row(address, ordinal: 0), segment: 1, offset: 0)
        let slot = try #require(table[0])
        table.setSuspect(true, ordinal: 0, slot: slot)
        table.setSuspect(true, ordinal: 0, slot: slot)
        #expect(table.count == 0 && table.suspectCount == 1 && table[0]?.isSuspect ?? false)
        _ = table.set(self.row(address, ordinal: 0), segment: 2, offset: 8)
        #expect(table.count == 1 && table.suspectCount == 0 && table[0]?.segment == 2)
        // A verdict about the old place says nothing about the new one.
        table.setSuspect(true, ordinal: 0, slot: slot)
        #expect(table.suspectCount == 0)
    }

    @Test("an ordinal beyond the table is refused, not allocated for")
    func beyond() {
        var table = BlobTable()
        let isSet = table.set(self.row(.zero, ordinal: Limits.ordinalMax), segment: 1, offset: 0)
        #expect(!isSet)
        #expect(table[Limits.ordinalMax] == nil && table.count == 0)
    }
}
