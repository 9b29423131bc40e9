import TarnCore
import TarnSegment
import TarnTestKit
import Testing

@Suite("Recovery of a segment")
struct SegmentScannerTests {
    private let segment: SegmentFixture
    private var addresses: [Digest] { self.segment.addresses.flatMap { $0 } }

    init() throws {
        var segment = try SegmentFixture()
        segment.append([[1], [2, 2], Array(repeating: 3, count: 40)])
        segment.append([Array("four".utf8), [], [5]])
        segment.append([[6, 6, 6]])
        self.segment = segment
    }

    @Test("everything is found, in order, with the ordinals that the batches gave")
    func intact() {
        let scan = Scan(self.segment.bytes)
        #expect(scan.digests == self.addresses)
        #expect(scan.rows.map(\.ordinal) == Array(100..<107))
        #expect(scan.report.tail == .clean && scan.report.damages.isEmpty)
        #expect(
            scan.report.end == self.segment.bytes.count && scan.report.lastSequence == 3
                && scan.report.nextOrdinal == 107
        )
        #expect(zip(scan.rows, self.addresses).allSatisfy { $0.fingerprint == Fixture.key.fingerprint(of: $1) })
    }

    @Test("zeros behind the last batch are a clean end", arguments: [0, 1, 7, 8, 4_096, 5 << 20])
    func zeroTail(count: Int) {
        let scan = Scan(self.segment.bytes + [UInt8](repeating: 0, count: count))
        #expect(
            scan.report.tail == .clean && scan.report.end == self.segment.bytes.count && scan.digests == self.addresses
        )
    }

    @Test("an empty segment, and one shorter than its header, hold nothing")
    func empty() throws {
        for count in [0, 100, 4_096] {
            let scan = Scan(Array(self.segment.bytes[..<count]))
            #expect(
                scan.rows.isEmpty && scan.report.tail == .clean && scan.report.end == SegmentHeader.regionBytesCount
            )
        }
    }

    @Test("a last batch cut at any byte is a torn tail and none of it is visible")
    func tornAnywhere() {
        let last = self.segment.batches[2]
        for cut in (last.lowerBound + 1)..<last.upperBound {
            for zeros in [0, 64] {
                let bytes = Array(self.segment.bytes[..<cut]) + [UInt8](repeating: 0, count: zeros)
                let scan = Scan(bytes)
                // Losing only padding zeros loses nothing.
                if scan.digests.count == 7, zeros > 0 { continue }
                #expect(scan.report.tail == .torn && scan.report.end == last.lowerBound, "cut at \(cut)")
                #expect(scan.digests == Array(self.addresses.dropLast()) && scan.report.damages.isEmpty)
            }
        }
    }

    @Test("a last batch with any byte damaged is a torn tail")
    func damagedLast() {
        let last = self.segment.batches[2]
        for position in last {
            var bytes = self.segment.bytes
            bytes[position] ^= 0x10
            let scan = Scan(bytes)
            if scan.digests.count == 7 { continue }
            #expect(scan.report.tail == .torn && scan.report.end == last.lowerBound, "flip at \(position)")
        }
    }

    @Test("a flip of any byte in an acknowledged batch costs one record at most, and what it costs is listed")
    func damagedMiddle() {
        for position in self.segment.batches[0].lowerBound..<self.segment.batches[1].upperBound {
            var bytes = self.segment.bytes
            bytes[position] ^= 0x10
            let scan = Scan(bytes)
            let lost = Set(self.addresses).subtracting(scan.digests)
            #expect(lost.count <= 1, "flip at \(position)")
            #expect(scan.report.damageCount >= lost.count, "flip at \(position)")
            #expect(scan.report.end == self.segment.bytes.count && scan.report.tail == .clean)
            for (row, digest) in zip(scan.rows, scan.digests) {
                #expect(row.ordinal == 100 + UInt64(self.addresses.firstIndex(of: digest) ?? -1), "flip at \(position)")
            }
        }
    }

    @Test("a damaged payload is named by its record")
    func named() throws {
        var bytes = self.segment.bytes
        let row = Scan(bytes).rows[2]
        bytes[Int(row.offset + row.bytesCount) - 10] ^= 1
        let report = Scan(bytes).report
        #expect(report.damages.map(\.address) == [self.addresses[2]])
        #expect(report.damages.map(\.range) == [Int(row.offset)..<Int(row.offset + row.bytesCount)])
    }

    @Test("a lost middle is skipped and listed, and what follows is found", arguments: 0..<30 as Range<UInt64>)
    func lostMiddle(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let from = self.segment.batches[0].lowerBound + random.below(self.segment.batches[0].count)
        let to = random.within(from...(self.segment.batches[2].lowerBound - 1))
        var bytes = self.segment.bytes
        let filler: UInt8 = random.pick([0, 0xff])
        for position in from...to { bytes[position] = filler }
        let scan = Scan(bytes)
        #expect(scan.digests.last == self.addresses.last, "seed \(seed)")
        #expect(Set(scan.digests).isSubset(of: self.addresses) && scan.report.end == bytes.count, "seed \(seed)")
        if scan.digests.count < 7 { #expect(scan.report.damageCount > 0, "seed \(seed)") }
    }

    @Test("random damage anywhere never invents a record", arguments: 0..<40 as Range<UInt64>)
    func fuzz(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bytes = self.segment.bytes
        for _ in 0..<random.within(1...20) {
            bytes[random.within(4_096...(bytes.count - 1))] = UInt8(truncatingIfNeeded: random.next())
        }
        let known = Set(self.addresses)
        #expect(Scan(bytes).digests.allSatisfy { known.contains($0) }, "seed \(seed)")
    }

    @Test("a batch inside the content of a blob is not taken for one of the segment's without the store's key")
    func forgedContent() throws {
        var forged = try SegmentFixture()
        forged.append([[99]])
        let inner = Array(forged.bytes[4_096...])
        let foreign = SegmentKey([UInt8](repeating: 9, count: 16))
        #expect(Scan(forged.bytes, key: foreign).rows.isEmpty)
        var segment = try SegmentFixture()
        segment.append([[1]])
        segment.append([inner])
        var bytes = segment.bytes
        bytes[segment.batches[0].lowerBound] ^= 1
        bytes[segment.batches[1].lowerBound] ^= 1
        // Even with the right key, a copied batch names another place and an older sequence number.
        #expect(!Scan(bytes).digests.contains(PureSHA256.digest([99])))
    }

    @Test("bytes that no COMMIT declared durable are skipped without being called lost")
    func undeclared() throws {
        var run = RecordRun()
        Fixture.blob([8, 8], into: &run)
        var batch = BatchBuilder()
        batch.begin()
        batch.append(run, at: 0)
        batch.assignOrdinals(from: 500)
        let end = self.segment.bytes.count
        batch.seal(in: Fixture.number, at: end + 64, sequence: 9, durableTo: end, key: Fixture.key, TestChecksums.self)
        let scan = Scan(self.segment.bytes + [UInt8](repeating: 0x55, count: 64) + batch.bytes)
        #expect(scan.digests == self.addresses + [PureSHA256.digest([8, 8])])
        #expect(scan.report.damages.isEmpty && scan.report.tail == .clean)
    }

    @Test("log records are found with their hashes, heads and acknowledgements")
    func log() throws {
        let header = try Fixture.header(op: 5, parent: Digest(words: 4, 4, 4, 4))
        let hash = header.hash(TestChecksums.self)
        var run = RecordRun()
        let body: [UInt8] = [1, 2, 3]
        body.withUnsafeBytes {
            run.append(entry: header, hash: hash, codec: .raw, rawBytesCount: 3, stored: $0, TestChecksums.self)
        }
        run.append(acknowledgement: Op(5), entry: hash, TestChecksums.self)
        run.append(head: Op(5), logView: View(2), entry: hash, TestChecksums.self)
        var segment = try SegmentFixture()
        segment.append(run)
        #expect(
            Scan(segment.bytes).rows.map(\.log) == [
                .entry(op: Op(5), hash: hash, parent: header.parent), .acknowledgement(op: Op(5), entry: hash),
                .head(logView: View(2), op: Op(5), entry: hash),
            ]
        )
    }

    @Test("a batch can be sealed again at another place")
    func reseal() throws {
        var run = RecordRun()
        Fixture.blob([1, 2, 3], into: &run)
        var batch = BatchBuilder()
        batch.begin()
        batch.append(run, at: 0)
        batch.assignOrdinals(from: 3)
        batch.seal(in: 1, at: 99_992, sequence: 4, durableTo: 50, key: Fixture.key, TestChecksums.self)
        #expect(batch.bytes.count == batch.sealedBytesCount)
        batch.seal(
            in: Fixture.number,
            at: SegmentHeader.regionBytesCount,
            sequence: 5,
            durableTo: 4_096,
            key: Fixture.key,
            TestChecksums.self
        )
        let scan = Scan([UInt8](repeating: 0, count: SegmentHeader.regionBytesCount) + batch.bytes)
        #expect(scan.rows.map(\.ordinal) == [3] && scan.report.lastSequence == 5)
    }
}
